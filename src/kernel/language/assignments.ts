import ts from 'typescript';
import { at } from './place.js';

/** What the rewriting of a cell knows of its names. */
interface Rewriter {
  readonly factory: ts.NodeFactory;
  readonly visit: <T extends ts.Node>(node: T) => T;
  shared(name: string): ts.Expression;
  isShared(name: ts.Identifier): boolean;
}

/** A `var`, `let` or `const` list of shared names as one assignment; undefined if its names are local. */
export function assignedList(
  rewriter: Rewriter,
  list: ts.VariableDeclarationList,
  inLoop: boolean,
): ts.Expression | undefined {
  const { factory } = rewriter;
  const shared = list.declarations.every((declaration) => isSharedBinding(rewriter, declaration.name));
  if (!shared) return undefined;
  const parts = list.declarations.map((declaration) => {
    const target = pattern(rewriter, declaration.name);
    if (inLoop && !declaration.initializer) return target;
    const value = declaration.initializer
      ? named(factory, declaration.name, rewriter.visit(declaration.initializer))
      : factory.createVoidZero();
    return at(factory.createAssignment(target, value), declaration);
  });
  return parts.reduce((left, right) => factory.createComma(left, right));
}

function isSharedBinding(rewriter: Rewriter, name: ts.BindingName): boolean {
  if (ts.isIdentifier(name)) return rewriter.isShared(name);
  return name.elements.every(
    (element) => !ts.isBindingElement(element) || isSharedBinding(rewriter, element.name),
  );
}

/** `{f: () => 1}.f`: an assignment to a property gives a function no name, a declaration does. */
function named(factory: ts.NodeFactory, name: ts.BindingName, value: ts.Expression): ts.Expression {
  const anonymous =
    ts.isArrowFunction(value) ||
    ((ts.isFunctionExpression(value) || ts.isClassExpression(value)) && !value.name);
  if (!anonymous || !ts.isIdentifier(name)) return value;
  const holder = factory.createObjectLiteralExpression([factory.createPropertyAssignment(name.text, value)]);
  return factory.createPropertyAccessExpression(factory.createParenthesizedExpression(holder), name.text);
}

/** A binding pattern as the target of an assignment. */
function pattern(rewriter: Rewriter, name: ts.BindingName): ts.Expression {
  const { factory } = rewriter;
  if (ts.isIdentifier(name)) return at(rewriter.shared(name.text), name);
  const withDefault = (element: ts.BindingElement) => {
    const target = pattern(rewriter, element.name);
    return element.initializer
      ? factory.createAssignment(target, rewriter.visit(element.initializer))
      : target;
  };
  if (ts.isArrayBindingPattern(name))
    return factory.createArrayLiteralExpression(
      name.elements.map((element) => {
        if (!ts.isBindingElement(element)) return factory.createOmittedExpression();
        return element.dotDotDotToken
          ? factory.createSpreadElement(pattern(rewriter, element.name))
          : withDefault(element);
      }),
    );
  return factory.createObjectLiteralExpression(
    name.elements.map((element) => {
      if (element.dotDotDotToken) return factory.createSpreadAssignment(pattern(rewriter, element.name));
      const key = element.propertyName ?? element.name;
      const property = ts.isComputedPropertyName(key)
        ? rewriter.visit(key)
        : ts.isIdentifier(key)
          ? key.text
          : (key as ts.PropertyName);
      return factory.createPropertyAssignment(property, withDefault(element));
    }),
  );
}
