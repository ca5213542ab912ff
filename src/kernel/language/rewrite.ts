import ts from 'typescript';
import { assignedList } from './assignments.js';
import { isDated, isFunctionWithBody, withEntry, type FunctionWithBody } from './functionEntry.js';
import { at } from './place.js';
import { isGenerated, scopeOf } from './scopes.js';

const scope = '__scope';
const runtime = '__cell';
/** When the function that holds a loop or an await was called; the cell's own is an argument of its function. */
const began = '__began';

/** Visits expressions and inner statements, keeping track of the scopes it is in; TopLevel does the cell's own level. */
export class Rewriter {
  readonly factory: ts.NodeFactory;
  private readonly scopes: Set<string>[] = [];
  /** Whether the functions around, the innermost last, and the cell itself know when they began. */
  private readonly dated: boolean[] = [true];

  constructor(
    private readonly context: ts.TransformationContext,
    private readonly names: ReadonlySet<string>,
  ) {
    this.factory = context.factory;
  }

  /** `__scope.name`. */
  shared(name: string): ts.PropertyAccessExpression {
    return this.factory.createPropertyAccessExpression(this.factory.createIdentifier(scope), name);
  }

  /** `__cell.method(…)`. */
  call(method: string, ...args: ts.Expression[]): ts.CallExpression {
    const { factory } = this;
    return factory.createCallExpression(
      factory.createPropertyAccessExpression(factory.createIdentifier(runtime), method),
      undefined,
      args,
    );
  }

  /** The name's declaration lies at the top level of this or an earlier cell. */
  isShared(name: ts.Identifier): boolean {
    if (isGenerated(name) || !this.names.has(name.text)) return false;
    return !this.scopes.some((inner) => inner.has(name.text));
  }

  readonly visit = <T extends ts.Node>(node: T): T => {
    const inner = scopeOf(node);
    if (inner) this.scopes.push(inner);
    try {
      // Each case returns a node that may stand where the old one stood.
      return this.replace(node) as ts.Node as T;
    } finally {
      if (inner) this.scopes.pop();
    }
  };

  private replace(node: ts.Node): ts.Node {
    const { factory } = this;
    if (ts.isIdentifier(node)) return this.isShared(node) ? at(this.shared(node.text), node) : node;
    if (ts.isPropertyAccessExpression(node))
      return node.questionDotToken
        ? factory.updatePropertyAccessChain(
            node as ts.PropertyAccessChain,
            this.visit(node.expression),
            node.questionDotToken,
            node.name,
          )
        : factory.updatePropertyAccessExpression(node, this.visit(node.expression), node.name);
    if (ts.isShorthandPropertyAssignment(node)) return this.shorthand(node);
    if (ts.isCallExpression(node)) return this.callExpression(node);
    if (ts.isTaggedTemplateExpression(node)) return this.taggedTemplate(node);
    if (ts.isMetaProperty(node))
      return node.keywordToken === ts.SyntaxKind.ImportKeyword
        ? at(factory.createPropertyAccessExpression(factory.createIdentifier(runtime), 'meta'), node)
        : node;
    if (ts.isAwaitExpression(node)) {
      const waited = factory.updateAwaitExpression(node, this.visit(node.expression));
      return at(this.call('resumed', this.began(), this.call('moment'), waited), node);
    }
    if (ts.isVariableStatement(node) && !(node.declarationList.flags & ts.NodeFlags.BlockScoped))
      return this.innerVariables(node);
    if (ts.isIterationStatement(node, false)) return this.loop(node);
    if (isFunctionWithBody(node)) return this.functionWithBody(node);
    if (ts.isLabeledStatement(node))
      return factory.updateLabeledStatement(node, node.label, this.visit(node.statement));
    if (ts.isBreakOrContinueStatement(node)) return node;
    return this.children(node);
  }

  /** Visits the children of a node, leaving alone the identifiers that are names and not uses of a variable. */
  private children<T extends ts.Node>(node: T): T {
    const kept = namesIn(node);
    const visitor = (child: ts.Node): ts.Node => (kept.includes(child) ? child : this.visit(child));
    return ts.visitEachChild(node, visitor, this.context);
  }

  private shorthand(node: ts.ShorthandPropertyAssignment): ts.Node {
    const { factory } = this;
    const fallback = node.objectAssignmentInitializer && this.visit(node.objectAssignmentInitializer);
    if (!this.isShared(node.name))
      return factory.updateShorthandPropertyAssignment(node, node.name, fallback);
    const value = this.shared(node.name.text);
    return at(
      factory.createPropertyAssignment(
        node.name.text,
        fallback ? factory.createAssignment(value, fallback) : value,
      ),
      node,
    );
  }

  private callExpression(node: ts.CallExpression): ts.Node {
    const { factory } = this;
    const args = node.arguments.map((argument) => this.visit(argument));
    if (node.expression.kind === ts.SyntaxKind.ImportKeyword) return at(this.call('import', ...args), node);
    const callee = this.callee(node.expression);
    return node.questionDotToken
      ? factory.updateCallChain(node as ts.CallChain, callee, node.questionDotToken, undefined, args)
      : factory.updateCallExpression(node, callee, undefined, args);
  }

  private taggedTemplate(node: ts.TaggedTemplateExpression): ts.Node {
    const tag = this.callee(node.tag);
    return this.factory.updateTaggedTemplateExpression(node, tag, undefined, this.visit(node.template));
  }

  /** `(0, __scope.f)`: a function that is a variable must not be called with the scope as `this`. */
  private callee<T extends ts.Expression>(node: T): T | ts.ParenthesizedExpression {
    if (!ts.isIdentifier(node) || !this.isShared(node)) return this.visit(node);
    const { factory } = this;
    // Without an end of its own in the source map the call is reported where the callee begins.
    const value = ts.setEmitFlags(at(this.shared(node.text), node), ts.EmitFlags.NoTrailingSourceMap);
    return factory.createParenthesizedExpression(factory.createComma(factory.createNumericLiteral(0), value));
  }

  private loop(node: ts.IterationStatement): ts.Node {
    const { factory } = this;
    const body = (statement: ts.Statement) => {
      const check = factory.createExpressionStatement(this.call('tick', this.began()));
      const visited = this.visit(statement);
      return factory.createBlock([check, ...(ts.isBlock(visited) ? visited.statements : [visited])], true);
    };
    if (ts.isWhileStatement(node))
      return factory.updateWhileStatement(node, this.visit(node.expression), body(node.statement));
    if (ts.isDoStatement(node))
      return factory.updateDoStatement(node, body(node.statement), this.visit(node.expression));
    if (ts.isForStatement(node))
      return factory.updateForStatement(
        node,
        node.initializer && this.loopVariables(node.initializer),
        node.condition && this.visit(node.condition),
        node.incrementor && this.visit(node.incrementor),
        body(node.statement),
      );
    // What is neither `while`, `do` nor `for (;;)` is `for in` or `for of`.
    const each = node as ts.ForInOrOfStatement;
    const first = this.loopVariables(each.initializer);
    const over = this.visit(each.expression);
    if (ts.isForInStatement(each))
      return factory.updateForInStatement(each, first, over, body(each.statement));
    const guarded = each.awaitModifier ? this.call('guard', over) : over;
    return factory.updateForOfStatement(each, each.awaitModifier, first, guarded, body(each.statement));
  }

  /** `var` in a loop's head that belongs to the cell becomes an assignment; everything else stays. */
  private loopVariables(start: ts.ForInitializer): ts.ForInitializer {
    if (!ts.isVariableDeclarationList(start) || start.flags & ts.NodeFlags.BlockScoped)
      return this.visit(start);
    return this.assigned(start, true) ?? this.visit(start);
  }

  /** `var` in a block at the cell's own level declares a shared name. */
  private innerVariables(node: ts.VariableStatement): ts.Node {
    const assignment = this.assigned(node.declarationList);
    return assignment ? at(this.factory.createExpressionStatement(assignment), node) : this.children(node);
  }

  /** A `var`, `let` or `const` list of shared names as one assignment; undefined if its names are local. */
  assigned(list: ts.VariableDeclarationList, inLoop = false): ts.Expression | undefined {
    return assignedList(this, list, inLoop);
  }

  private began(): ts.Expression {
    const { factory } = this;
    return this.dated.at(-1) ? factory.createIdentifier(began) : factory.createVoidZero();
  }

  private functionWithBody(node: FunctionWithBody): ts.Node {
    const dated = isDated(node);
    this.dated.push(dated);
    try {
      return withEntry(this.children(node), {
        factory: this.factory,
        tick: () => this.call('tick'),
        ...(dated && { began: { name: began, moment: () => this.call('moment') } }),
      });
    } finally {
      this.dated.pop();
    }
  }
}

/** The children of a node that are names of members, labels or declarations. */
function namesIn(node: ts.Node): ts.Node[] {
  if (ts.isBindingElement(node)) {
    const key = node.propertyName;
    return [
      ...(key && ts.isIdentifier(key) ? [key] : []),
      ...(ts.isIdentifier(node.name) ? [node.name] : []),
    ];
  }
  const named =
    ts.isPropertyAssignment(node) ||
    ts.isClassElement(node) ||
    ts.isObjectLiteralElement(node) ||
    ts.isVariableDeclaration(node) ||
    ts.isParameter(node) ||
    ts.isFunctionLike(node) ||
    ts.isClassLike(node);
  if (!named) return [];
  const name = (node as ts.NamedDeclaration).name;
  return name && (ts.isIdentifier(name) || ts.isPrivateIdentifier(name)) ? [name] : [];
}
