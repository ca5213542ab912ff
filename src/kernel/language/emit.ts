import ts from 'typescript';
import { EmitProgram } from './emitProgram.js';
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
  const transformers = { before: [markStatements], after: [rewriteCell(names)] };
  if (scriptKind !== ts.ScriptKind.TS || !EmitProgram.takes(code))
    return transpile(code, fileName(scriptKind), transformers);
  if (!program || program.full) program = new EmitProgram(emitOptions);
  const { js, map } = program.emit(code, transformers);
  return { js: withoutMapComment(js), map };
}

let program: EmitProgram | undefined;

/** Compiles a local module to an ECMAScript module. */
export function emitModule(code: string, path: string): Emitted {
  return transpile(code, path);
}

function transpile(code: string, fileName: string, transformers?: ts.CustomTransformers): Emitted {
  const result = ts.transpileModule(code, {
    fileName,
    compilerOptions: emitOptions,
    ...(transformers && { transformers }),
  });
  return { js: withoutMapComment(result.outputText), map: result.sourceMapText ?? '' };
}

const emitOptions: ts.CompilerOptions = {
  target,
  sourceMap: true,
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
