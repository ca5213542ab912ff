import ts from 'typescript';
import { bindingNames, varNames } from './scopes.js';

/** One name at the top level of a cell. */
export interface Declaration {
  readonly name: string;
  /** `value`: let, var; `constant`; `alias`: anything that an import alias can stand for; `import`. */
  readonly kind: 'value' | 'constant' | 'alias' | 'import';
  /** Index of the statement that declares it; −1 if it holds from the start of the cell (functions, types, imports). */
  readonly statement: number;
  /** A variable's documentation comment. */
  readonly comment?: string;
  /** For an import: what a later cell repeats. */
  readonly clause?: ImportClause;
}

export interface ImportClause {
  /** The specifier as written, with quotes and import attributes. */
  readonly from: string;
  /** `* as tf`, `d` or `{a as b}`. */
  readonly binding: string;
}

/** The names that a cell declares at its top level, each once, types included. */
export function declarationsOf(file: ts.SourceFile): Declaration[] {
  const found = new Map<string, Declaration>();
  const add = (declaration: Declaration) => {
    if (!found.has(declaration.name)) found.set(declaration.name, declaration);
  };
  file.statements.forEach((statement, i) => {
    if (ts.isVariableStatement(statement)) variables(statement, i, add);
    else if (ts.isImportDeclaration(statement)) imports(file, statement, add);
    else if (ts.isFunctionDeclaration(statement)) named(statement.name, -1, add);
    else if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement))
      named(statement.name, -1, add);
    else if (ts.isClassDeclaration(statement) || ts.isEnumDeclaration(statement))
      named(statement.name, i, add);
    else if (ts.isModuleDeclaration(statement) && statement.flags & ts.NodeFlags.GlobalAugmentation)
      return; // `declare global` declares no name of its own.
    else if (ts.isModuleDeclaration(statement) && ts.isIdentifier(statement.name))
      named(statement.name, -1, add);
    else for (const name of varNames(statement)) add({ name, kind: 'value', statement: i });
  });
  return [...found.values()];
}

/**
 * Names that plain JavaScript makes by assigning to them. They become variables of the session like declared ones, so
 * that the checked cells after it know them.
 */
export function assignedNames(file: ts.SourceFile): Declaration[] {
  const declared = new Set<string>();
  const assigned = new Set<string>();
  const visit = (node: ts.Node): void => {
    const { name } = node as { name?: ts.Node };
    if (name && ts.isIdentifier(name) && !ts.isPropertyAccessExpression(node)) declared.add(name.text);
    if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind) && ts.isIdentifier(node.left))
      assigned.add(node.left.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return [...assigned]
    .filter((name) => !declared.has(name) && !(name in globalThis))
    .map((name) => ({ name, kind: 'value', statement: -1 }));
}

function isAssignment(operator: ts.SyntaxKind): boolean {
  return operator >= ts.SyntaxKind.FirstAssignment && operator <= ts.SyntaxKind.LastAssignment;
}

type Add = (declaration: Declaration) => void;

function named(node: ts.Identifier | undefined, statement: number, add: Add): void {
  if (node) add({ name: node.text, kind: 'alias', statement });
}

function variables(statement: ts.VariableStatement, i: number, add: Add): void {
  const constant = (statement.declarationList.flags & ts.NodeFlags.BlockScoped) === ts.NodeFlags.Const;
  const using = (statement.declarationList.flags & ts.NodeFlags.Using) === ts.NodeFlags.Using;
  const last = ts.getJSDocCommentsAndTags(statement).findLast(ts.isJSDoc);
  const comment = last && { comment: last.getText() };
  for (const { name } of statement.declarationList.declarations)
    for (const text of bindingNames(name))
      add({ name: text, kind: constant || using ? 'constant' : 'value', statement: i, ...comment });
}

function imports(file: ts.SourceFile, statement: ts.ImportDeclaration, add: Add): void {
  const clause = statement.importClause;
  if (!clause) return;
  const attributes = statement.attributes ? ` ${statement.attributes.getText(file)}` : '';
  const from = statement.moduleSpecifier.getText(file) + attributes;
  const type = clause.isTypeOnly ? 'type ' : '';
  const one = (name: string, binding: string) =>
    add({ name, kind: 'import', statement: -1, clause: { from, binding: type + binding } });
  if (clause.name) one(clause.name.text, clause.name.text);
  const bindings = clause.namedBindings;
  if (!bindings) return;
  if (ts.isNamespaceImport(bindings)) one(bindings.name.text, bindings.getText(file));
  else for (const element of bindings.elements) one(element.name.text, `{${element.getText(file)}}`);
}

/** Names that an `export` in the cell already gives away. */
export function exportedNames(file: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  for (const statement of file.statements) {
    if (
      ts.isExportDeclaration(statement) &&
      statement.exportClause &&
      ts.isNamedExports(statement.exportClause)
    )
      for (const { name } of statement.exportClause.elements) names.add(name.text);
    const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
    if (!modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) continue;
    if (modifiers.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)) continue;
    if (ts.isVariableStatement(statement))
      for (const { name } of statement.declarationList.declarations) bindingNames(name, names);
    else if ('name' in statement) names.add((statement as { name?: ts.Identifier }).name?.text ?? '');
  }
  return names;
}
