import ts from 'typescript';

/** Parses as TSX when only that makes sense of the code: `<T>x` and JSX exclude each other. */
export function parse(code: string, javascript = false): { file: ts.SourceFile; kind: ts.ScriptKind } {
  const attempt = (kind: ts.ScriptKind) =>
    ts.createSourceFile('cell.ts', code, ts.ScriptTarget.ES2022, true, kind);
  if (javascript) return { file: attempt(ts.ScriptKind.JSX), kind: ts.ScriptKind.JSX };
  const plain = attempt(ts.ScriptKind.TS);
  if (syntaxErrors(plain).length > 0 && /<[\w>]/.test(code)) {
    const jsx = attempt(ts.ScriptKind.TSX);
    if (syntaxErrors(jsx).length === 0) return { file: jsx, kind: ts.ScriptKind.TSX };
  }
  return { file: plain, kind: ts.ScriptKind.TS };
}

/** What the parser complains about. */
export function syntaxErrors(file: ts.SourceFile): readonly ts.DiagnosticWithLocation[] {
  // Not in TypeScript's public types; a program would cost more than the parse itself.
  return (file as { parseDiagnostics?: ts.DiagnosticWithLocation[] }).parseDiagnostics ?? [];
}

/** `%%javascript` on the first line makes it a plain JavaScript cell, `#!` there is a comment; positions stay. */
export function withoutMagic(source: string): { code: string; javascript: boolean } {
  const javascript = /^\s*%%(javascript|js)\b.*/.test(source);
  const code = javascript ? source.replace(/^\s*%%(javascript|js)\b.*/, '') : source.replace(/^#!/, '//');
  return { code, javascript };
}
