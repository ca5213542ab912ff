import ts from 'typescript';
import { nearest } from '../../errors.js';

/** This share of an option's letters may be wrong, as in the compiler's own suggestions. */
const wrongLetters = 0.34;

/**
 * Options that a call is given under a misspelt name by way of a variable or a spread: `{ ...options, epsilon }`. The
 * compiler complains only of what a literal says itself, and the function would do without the option.
 *
 * Other names that a function does not know are left alone: an object may serve several.
 *
 * @param offset - Where the cell's code begins in its file.
 */
export function misspeltOptions(
  checker: ts.TypeChecker,
  file: ts.SourceFile,
  offset: number,
): ts.DiagnosticWithLocation[] {
  const found: ts.DiagnosticWithLocation[] = [];
  const visit = (node: ts.Node): void => {
    if (node.end <= offset) return;
    if (ts.isCallExpression(node) || ts.isNewExpression(node))
      found.push(...misspeltIn(checker, node, { file, offset }));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

interface Cell {
  readonly file: ts.SourceFile;
  readonly offset: number;
}

function misspeltIn(checker: ts.TypeChecker, call: ts.CallExpression | ts.NewExpression, cell: Cell) {
  const parameters = checker.getResolvedSignature(call)?.parameters ?? [];
  return (call.arguments ?? []).flatMap((argument, i) => {
    const parameter = parameters[i];
    if (!parameter) return [];
    const wanted = checker.getTypeOfSymbolAtLocation(parameter, call);
    return misspelt(checker, { given: checker.getTypeAtLocation(argument), wanted, place: argument }).map(
      ({ member, meant, of }): ts.DiagnosticWithLocation => {
        const own = member.declarations?.find(
          (declared) => declared.getSourceFile() === cell.file && declared.getStart() >= cell.offset,
        );
        const place = (own && ts.getNameOfDeclaration(own)) ?? argument;
        const start = place.getStart(cell.file);
        return {
          ...{ file: cell.file, start, length: place.end - start, category: ts.DiagnosticCategory.Error },
          code: unknownProperty,
          messageText: `'${member.name}' does not exist in type '${of}'. Did you mean to write '${meant}'?`,
        };
      },
    );
  });
}

/** The compiler's code of "… does not exist in type …. Did you mean to write …?" */
const unknownProperty = 2561;

interface Misspelt {
  readonly member: ts.Symbol;
  readonly meant: string;
  /** The type that has the option. */
  readonly of: string;
}

/** Members of a literal's type that the wanted type has not, but one like it that is not given; in depth. */
function misspelt(
  checker: ts.TypeChecker,
  { given, wanted, place }: { given: ts.Type; wanted: ts.Type; place: ts.Node },
): Misspelt[] {
  const options = optionsIn(checker, wanted);
  if (options.size === 0 || !isLiteral(given)) return [];
  const members = given.getProperties();
  const open = [...options.keys()].filter((name) => !members.some((member) => member.name === name));
  return members.flatMap((member): Misspelt[] => {
    const option = options.get(member.name);
    if (option) {
      const [inner, outer] = [member, option].map((symbol) =>
        checker.getTypeOfSymbolAtLocation(symbol, place),
      );
      return inner && outer ? misspelt(checker, { given: inner, wanted: outer, place }) : [];
    }
    const meant = nearest(member.name, open, wrongLetters);
    return meant === undefined ? [] : [{ member, meant, of: checker.typeToString(wanted) }];
  });
}

/** The members of an object type, of all kinds that a union has; none where any name may stand. */
function optionsIn(checker: ts.TypeChecker, type: ts.Type): Map<string, ts.Symbol> {
  const plain = checker.getNonNullableType(type);
  const kinds = plain.isUnion() ? plain.types : [plain];
  const isClosed = (kind: ts.Type) =>
    (kind.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) !== 0 &&
    !kind.isClass() &&
    !checker.isArrayLikeType(kind) &&
    checker.getIndexInfosOfType(kind).length === 0 &&
    kind.getCallSignatures().length === 0;
  if (!kinds.every(isClosed)) return new Map();
  return new Map(kinds.flatMap((kind) => kind.getProperties()).map((member) => [member.name, member]));
}

/** The type of an object that was written down, not of a class, an interface or an array. */
function isLiteral(type: ts.Type): boolean {
  // The compiler's types say that every type has a symbol.
  const symbol = type.symbol as ts.Symbol | undefined;
  return symbol !== undefined && (symbol.flags & ts.SymbolFlags.ObjectLiteral) !== 0;
}
