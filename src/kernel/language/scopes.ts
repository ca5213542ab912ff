import ts from 'typescript';

/**
 * True for a name that the compiler made up (`env_1`): its text is decided when it is printed, so it can be no variable
 * of the session.
 */
export function isGenerated(name: ts.Identifier): boolean {
  // `emitNode.autoGenerate` is not in TypeScript's public types.
  return (name as { emitNode?: { autoGenerate?: unknown } }).emitNode?.autoGenerate !== undefined;
}

/** Adds the names that a declaration's name or pattern binds. */
export function bindingNames(name: ts.BindingName, into: Set<string> = new Set()): Set<string> {
  if (ts.isIdentifier(name)) {
    if (!isGenerated(name)) into.add(name.text);
  } else
    for (const element of name.elements) if (ts.isBindingElement(element)) bindingNames(element.name, into);
  return into;
}

/** Names that `let`, `const`, `class`, `function`, `import` and their like declare directly in a list of statements. */
export function lexicalNames(
  statements: readonly ts.Statement[],
  into: Set<string> = new Set(),
): Set<string> {
  for (const statement of statements) {
    if (ts.isVariableStatement(statement)) {
      if (statement.declarationList.flags & ts.NodeFlags.BlockScoped)
        for (const declaration of statement.declarationList.declarations)
          bindingNames(declaration.name, into);
    } else if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) {
      if (statement.name && !isGenerated(statement.name)) into.add(statement.name.text);
    } else if (ts.isImportDeclaration(statement)) importedNames(statement, into);
  }
  return into;
}

function importedNames(declaration: ts.ImportDeclaration, into: Set<string>): void {
  const clause = declaration.importClause;
  if (!clause) return;
  if (clause.name) into.add(clause.name.text);
  if (!clause.namedBindings) return;
  if (ts.isNamespaceImport(clause.namedBindings)) into.add(clause.namedBindings.name.text);
  else for (const { name } of clause.namedBindings.elements) if (!isGenerated(name)) into.add(name.text);
}

/** Names that `var` declares anywhere in a function's or a cell's body, nested blocks included, functions not. */
export function varNames(node: ts.Node, into: Set<string> = new Set()): Set<string> {
  ts.forEachChild(node, function visit(child): void {
    if (ts.isFunctionLike(child) || ts.isClassLike(child)) return;
    if (ts.isVariableDeclarationList(child) && !(child.flags & ts.NodeFlags.BlockScoped))
      for (const declaration of child.declarations) bindingNames(declaration.name, into);
    ts.forEachChild(child, visit);
  });
  return into;
}

/** The names that a node declares for what lies inside it, or undefined if it opens no scope. */
export function scopeOf(node: ts.Node): Set<string> | undefined {
  if (ts.isFunctionLike(node)) return functionScope(node);
  if (ts.isBlock(node)) return lexicalNames(node.statements);
  if (ts.isCaseBlock(node)) return lexicalNames(node.clauses.flatMap((clause) => [...clause.statements]));
  if (ts.isForStatement(node) || ts.isForInStatement(node) || ts.isForOfStatement(node))
    return loopScope(node);
  if (ts.isCatchClause(node))
    return node.variableDeclaration ? bindingNames(node.variableDeclaration.name) : undefined;
  if (ts.isClassLike(node)) return node.name ? new Set([node.name.text]) : undefined;
  return undefined;
}

function functionScope(node: ts.SignatureDeclaration): Set<string> {
  const names = new Set<string>();
  if (!ts.isArrowFunction(node)) names.add('arguments');
  if (ts.isFunctionExpression(node) && node.name) names.add(node.name.text);
  for (const parameter of node.parameters)
    if (!ts.isJSDocParameterTag(parameter)) bindingNames(parameter.name, names);
  const body = 'body' in node ? node.body : undefined;
  if (body) varNames(body, names);
  return names;
}

function loopScope(node: ts.ForStatement | ts.ForInStatement | ts.ForOfStatement): Set<string> | undefined {
  const start = node.initializer;
  if (!start || !ts.isVariableDeclarationList(start) || !(start.flags & ts.NodeFlags.BlockScoped))
    return undefined;
  const names = new Set<string>();
  for (const declaration of start.declarations) bindingNames(declaration.name, names);
  return names;
}

/** The identifiers in a text. */
export function mentioned(file: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) names.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  // JSX uses its factory without naming it.
  for (const [, name] of file.text.matchAll(/@jsx(?:Frag)?\s+(\w+)/g)) if (name) names.add(name);
  return names.add('React');
}
