import ts from 'typescript';

export type FunctionWithBody = ts.FunctionLikeDeclaration;

export function isFunctionWithBody(node: ts.Node): node is FunctionWithBody {
  return ts.isFunctionLike(node) && 'body' in node;
}

/** What is put at the start of a function. */
export interface Entry {
  readonly factory: ts.NodeFactory;
  /** Asks whether the user pressed Stop. */
  tick(): ts.Expression;
  /** Remembers under this name when the function was called. */
  readonly began?: { readonly name: string; moment(): ts.Expression };
}

/**
 * A function remembers when it was called if it has loops or awaits of its own: after a stop they end it. A generator
 * does not, since it may be asked for more long after.
 */
export function isDated(node: FunctionWithBody): boolean {
  if (!node.body || !ts.isBlock(node.body)) return false;
  if ('asteriskToken' in node && node.asteriskToken) return false;
  const found = (child: ts.Node): boolean => {
    if (ts.isFunctionLike(child)) return false;
    if (ts.isIterationStatement(child, false) || ts.isAwaitExpression(child)) return true;
    return ts.forEachChild(child, (inner) => found(inner) || undefined) ?? false;
  };
  return found(node.body);
}

/** Asks at the start of a function that calls others: without a loop, only such a one can go on for ever. */
export function withEntry(node: FunctionWithBody, { factory, tick, began }: Entry): ts.Node {
  if (!node.body) return node;
  const calls = callsSomething(node.body);
  if (!ts.isBlock(node.body)) {
    if (!calls) return node;
    const body = factory.createParenthesizedExpression(factory.createComma(tick(), node.body));
    return replaceBody(node, body);
  }
  const added: ts.Statement[] = [];
  if (began) added.push(constant(factory, began.name, began.moment()));
  if (calls) added.push(factory.createExpressionStatement(tick()));
  if (added.length === 0) return node;
  const { statements } = node.body;
  const directives = statements.findIndex((statement) => !isDirective(statement));
  const split = directives < 0 ? statements.length : directives;
  const all = [...statements.slice(0, split), ...added, ...statements.slice(split)];
  return replaceBody(node, factory.updateBlock(node.body, all));
}

function replaceBody(node: FunctionWithBody, body: ts.ConciseBody): ts.Node {
  const replace = (child: ts.Node) => (child === node.body ? body : child);
  return ts.visitEachChild(node, replace, undefined);
}

function constant(factory: ts.NodeFactory, name: string, value: ts.Expression): ts.Statement {
  const declaration = factory.createVariableDeclaration(name, undefined, undefined, value);
  const list = factory.createVariableDeclarationList([declaration], ts.NodeFlags.Const);
  return factory.createVariableStatement(undefined, list);
}

function isDirective(statement: ts.Statement): boolean {
  return ts.isExpressionStatement(statement) && ts.isStringLiteral(statement.expression);
}

function callsSomething(body: ts.Node): boolean {
  const found = (node: ts.Node): boolean => {
    if (ts.isCallExpression(node) || ts.isNewExpression(node) || ts.isAwaitExpression(node)) return true;
    if (ts.isTaggedTemplateExpression(node) || ts.isYieldExpression(node)) return true;
    return ts.forEachChild(node, (child) => found(child) || undefined) ?? false;
  };
  return found(body);
}
