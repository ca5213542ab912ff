import ts from 'typescript';
import { rewriteCell } from './rewriteCell.js';

/** What the emitter must know of a cell. */
export interface EmitOptions {
  /** Names that earlier cells and this one declare at the top level; they live on the session's scope object. */
  readonly names: ReadonlySet<string>;
  readonly scriptKind: ts.ScriptKind;
}

/** A cell as JavaScript. */
export interface Emitted {
  /** The body of an async function of (scope, cell runtime). */
  readonly js: string;
  /** Source map from `js` to the cell. */
  readonly map: string;
}

const target = ts.ScriptTarget.ES2022;

/**
 * Compiles a cell, without checking its types, to the body of an async function of `__scope` (the session's variables)
 * and `__cell` (see execution/cell.ts).
 */
export function emitCell(code: string, { names, scriptKind }: EmitOptions): Emitted {
  const result = ts.transpileModule(code, {
    fileName: fileName(scriptKind),
    compilerOptions: { ...emitOptions, sourceMap: true },
    transformers: { before: [markStatements], after: [rewriteCell(names)] },
  });
  return { js: withoutMapComment(result.outputText), map: result.sourceMapText ?? '' };
}

/** Compiles a local module to an ECMAScript module. */
export function emitModule(code: string, path: string): Emitted {
  const result = ts.transpileModule(code, {
    fileName: path,
    compilerOptions: { ...emitOptions, sourceMap: true },
  });
  return { js: withoutMapComment(result.outputText), map: result.sourceMapText ?? '' };
}

const emitOptions: ts.CompilerOptions = {
  target,
  module: ts.ModuleKind.ESNext,
  jsx: ts.JsxEmit.React,
  // Imports stay although this cell does not use them: a later one may.
  verbatimModuleSyntax: true,
  isolatedModules: true,
};

function fileName(kind: ts.ScriptKind): string {
  if (kind === ts.ScriptKind.TSX) return 'cell.tsx';
  if (kind === ts.ScriptKind.JSX) return 'cell.jsx';
  return 'cell.ts';
}

function withoutMapComment(js: string): string {
  return js.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n');
}

/**
 * On the syntax as the user wrote it: the value of a last expression is kept (`__cell.result = …`), and after each
 * declaring statement the runtime hears how far the cell came (`__cell.at = n`), so that a cell that throws keeps the
 * declarations that ran.
 */
const markStatements: ts.TransformerFactory<ts.SourceFile> = (context) => (file) => {
  const { factory } = context;
  const property = (name: string, value: ts.Expression) =>
    factory.createExpressionStatement(
      factory.createAssignment(
        factory.createPropertyAccessExpression(factory.createIdentifier('__cell'), name),
        value,
      ),
    );
  const statements: ts.Statement[] = [];
  file.statements.forEach((statement, i) => {
    const last = i === file.statements.length - 1;
    if (last && ts.isExpressionStatement(statement)) {
      statements.push(ts.setTextRange(property('result', statement.expression), statement));
      return;
    }
    statements.push(statement);
    if (
      ts.isVariableStatement(statement) ||
      ts.isClassDeclaration(statement) ||
      ts.isEnumDeclaration(statement)
    )
      if (!last) statements.push(property('at', factory.createNumericLiteral(i + 1)));
  });
  return factory.updateSourceFile(file, statements);
};
