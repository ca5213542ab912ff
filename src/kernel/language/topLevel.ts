import ts from 'typescript';
import type { Rewriter } from './rewrite.js';
import { isGenerated, lexicalNames, varNames } from './scopes.js';

/** Turns the statements at the top of a cell into those of its function: imports and functions first, then the rest. */
export class TopLevel {
  private readonly imports: ts.Statement[] = [];
  private readonly functions: ts.Statement[] = [];
  private readonly rest: ts.Statement[] = [];

  constructor(private readonly rewriter: Rewriter) {}

  statements(file: ts.SourceFile): ts.Statement[] {
    const { factory } = this.rewriter;
    for (const statement of file.statements) this.add(statement);
    const direct = new Set<string>();
    for (const statement of file.statements)
      if (ts.isVariableStatement(statement)) varNames(statement, direct);
    const lexical = lexicalNames(file.statements);
    const hoisted = [...varNames(file)].filter((name) => !direct.has(name) && !lexical.has(name));
    const start = hoisted.map((name) =>
      factory.createExpressionStatement(
        factory.createAssignment(this.rewriter.shared(name), factory.createVoidZero()),
      ),
    );
    return [...this.imports, ...start, ...this.functions, ...this.rest];
  }

  private add(statement: ts.Statement): void {
    const { factory } = this.rewriter;
    if (ts.isImportDeclaration(statement)) this.imports.push(this.importCall(statement));
    else if (ts.isExportDeclaration(statement)) this.exportCall(statement);
    else if (ts.isExportAssignment(statement)) {
      const value = this.rewriter.visit(statement.expression);
      this.rest.push(factory.createExpressionStatement(value));
    } else if (ts.isVariableStatement(statement)) this.variables(statement);
    else if (ts.isFunctionDeclaration(statement)) this.functionDeclaration(statement);
    else if (ts.isClassDeclaration(statement)) this.classDeclaration(statement);
    else this.rest.push(this.rewriter.visit(statement));
  }

  private variables(statement: ts.VariableStatement): void {
    const { factory } = this.rewriter;
    const assignment = this.rewriter.assigned(statement.declarationList);
    if (!assignment) return void this.rest.push(this.rewriter.visit(statement));
    const made = factory.createExpressionStatement(factory.createParenthesizedExpression(assignment));
    this.rest.push(ts.setTextRange(made, statement));
  }

  private functionDeclaration(statement: ts.FunctionDeclaration): void {
    const { factory } = this.rewriter;
    const visited = this.rewriter.visit(statement);
    if (!statement.name) return;
    this.functions.push(
      factory.updateFunctionDeclaration(
        visited,
        withoutExport(visited.modifiers),
        visited.asteriskToken,
        visited.name,
        undefined,
        visited.parameters,
        undefined,
        visited.body,
      ),
      factory.createExpressionStatement(
        factory.createAssignment(
          this.rewriter.shared(statement.name.text),
          factory.createIdentifier(statement.name.text),
        ),
      ),
    );
  }

  private classDeclaration(statement: ts.ClassDeclaration): void {
    const { factory } = this.rewriter;
    const visited = this.rewriter.visit(statement);
    const value = factory.createClassExpression(
      withoutExport(visited.modifiers),
      visited.name,
      undefined,
      visited.heritageClauses,
      visited.members,
    );
    ts.setTextRange(value, statement);
    if (!statement.name) return void this.rest.push(factory.createExpressionStatement(value));
    const assignment = factory.createAssignment(this.rewriter.shared(statement.name.text), value);
    this.rest.push(ts.setTextRange(factory.createExpressionStatement(assignment), statement));
  }

  /** `await __cell.load(specifier, [[imported, local], …])`; `*` is the whole module. */
  private importCall(statement: ts.ImportDeclaration): ts.Statement {
    const { factory } = this.rewriter;
    const clause = statement.importClause;
    const pairs: [string, string][] = [];
    if (clause?.name) pairs.push(['default', clause.name.text]);
    const bindings = clause?.namedBindings;
    if (bindings && ts.isNamespaceImport(bindings)) pairs.push(['*', bindings.name.text]);
    else if (bindings) {
      const generated = bindings.elements.filter(({ name }) => isGenerated(name));
      if (generated.length > 0) return this.compilerImport(statement, generated);
      for (const { propertyName, name } of bindings.elements)
        pairs.push([(propertyName ?? name).text, name.text]);
    }
    return this.load(statement, statement.moduleSpecifier, pairs, factory);
  }

  /** An import that the compiler added (`jsx` from a JSX runtime) stays local to the cell. */
  private compilerImport(statement: ts.ImportDeclaration, elements: ts.ImportSpecifier[]): ts.Statement {
    const { factory } = this.rewriter;
    const pattern = factory.createObjectBindingPattern(
      elements.map(({ propertyName, name }) =>
        factory.createBindingElement(undefined, (propertyName ?? name).text, name),
      ),
    );
    const value = factory.createAwaitExpression(this.rewriter.call('import', statement.moduleSpecifier));
    const declaration = factory.createVariableDeclaration(pattern, undefined, undefined, value);
    return factory.createVariableStatement(
      undefined,
      factory.createVariableDeclarationList([declaration], ts.NodeFlags.Const),
    );
  }

  private exportCall(statement: ts.ExportDeclaration): void {
    // `export {x}` says nothing new in a notebook; with a module behind it, the module is still evaluated.
    if (!statement.moduleSpecifier) return;
    const clause = statement.exportClause;
    const pairs: [string, string][] = [];
    if (clause && ts.isNamespaceExport(clause)) pairs.push(['*', clause.name.text]);
    else if (clause)
      for (const { propertyName, name } of clause.elements)
        pairs.push([(propertyName ?? name).text, name.text]);
    this.imports.push(this.load(statement, statement.moduleSpecifier, pairs, this.rewriter.factory));
  }

  private load(
    statement: ts.Statement,
    specifier: ts.Expression,
    pairs: readonly [string, string][],
    factory: ts.NodeFactory,
  ): ts.Statement {
    const list = pairs.map((pair) =>
      factory.createArrayLiteralExpression(pair.map((name) => factory.createStringLiteral(name))),
    );
    const call = this.rewriter.call('load', specifier, factory.createArrayLiteralExpression(list));
    return ts.setTextRange(factory.createExpressionStatement(factory.createAwaitExpression(call)), statement);
  }
}

function withoutExport(modifiers: ts.NodeArray<ts.ModifierLike> | undefined): ts.ModifierLike[] | undefined {
  return modifiers?.filter(
    ({ kind }) => kind !== ts.SyntaxKind.ExportKeyword && kind !== ts.SyntaxKind.DefaultKeyword,
  );
}
