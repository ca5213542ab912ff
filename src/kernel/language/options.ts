import ts from 'typescript';
import { readComments } from './comments.js';
import type { VirtualProgram } from './program.js';

/** Longer lists are not for a tooltip: whole interfaces of a platform have hundreds of members. */
const most = 60;

/**
 * The options of the function that a name stands for, as lines of a Markdown list: name, type and what its docstring says.
 * Options are the members of the last parameter's object type, of which at least one may be left out.
 *
 * @param position - UTF-16 offset in or right after the name.
 */
export function optionsOf(program: VirtualProgram, fileName: string, position: number): string[] {
  const compiled = program.program();
  const file = compiled.getSourceFile(fileName);
  const name = file && identifierAt(file, position);
  if (!name) return [];
  const checker = compiled.getTypeChecker();
  const [signature] = checker.getTypeAtLocation(name).getCallSignatures();
  const last = signature?.parameters.at(-1);
  if (!last) return [];
  const type = checker.getNonNullableType(checker.getTypeOfSymbolAtLocation(last, name));
  return membersOf(checker, type).map((member) => line(checker, member, name));
}

function membersOf(checker: ts.TypeChecker, type: ts.Type): readonly ts.Symbol[] {
  const isPlain =
    !type.isUnion() && !type.isClass() && !checker.isArrayLikeType(type) && !type.getCallSignatures().length;
  const members = isPlain ? checker.getApparentType(type).getProperties() : [];
  return members.length <= most && members.some(isOptional) ? members : [];
}

function isOptional({ flags }: ts.Symbol): boolean {
  return (flags & ts.SymbolFlags.Optional) !== 0;
}

function line(checker: ts.TypeChecker, member: ts.Symbol, place: ts.Node): string {
  for (const declaration of member.declarations ?? []) readComments(declaration.getSourceFile());
  const whole = checker.getTypeOfSymbolAtLocation(member, place);
  const type = checker.typeToString(isOptional(member) ? checker.getNonNullableType(whole) : whole);
  const text = ts.displayPartsToString(member.getDocumentationComment(checker)).replace(/\s+/g, ' ').trim();
  return `- \`${member.name}${isOptional(member) ? '?' : ''}: ${type}\` ${text}`.trimEnd();
}

/** The smallest identifier around a position. */
function identifierAt(file: ts.SourceFile, position: number): ts.Identifier | undefined {
  const find = (node: ts.Node): ts.Identifier | undefined => {
    if (position < node.getStart(file) || position > node.end) return undefined;
    if (ts.isIdentifier(node)) return node;
    return ts.forEachChild(node, find);
  };
  return find(file);
}
