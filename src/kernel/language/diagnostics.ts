import { relative } from 'node:path';
import ts from 'typescript';
import { misspeltOptions } from './misspelt.js';
import type { CellDiagnostic } from './protocol.js';
import type { VirtualProgram } from './program.js';
import { syntaxErrors } from './syntax.js';

/** What is being checked. */
export interface CheckedCell {
  readonly code: string;
  /** Where the code begins in the cell's file. */
  readonly offset: number;
  /** The cell's file in the program; plain JavaScript has none. */
  readonly placed: ts.SourceFile | undefined;
  /** Only what cannot be parsed counts. */
  readonly unchecked: boolean;
  readonly parsed: ts.SourceFile;
}

/** Where cells are checked. */
interface Workplace {
  readonly program: VirtualProgram;
  readonly cwd: string;
}

/** The compiler's complaints about a cell and the local modules that it imports; empty if it may run. */
export function cellDiagnostics(session: Workplace, cell: CheckedCell): CellDiagnostic[] {
  const syntax = syntaxErrors(cell.parsed).map((diagnostic) => describe(diagnostic, cell.code, 0));
  if (syntax.length > 0 || cell.unchecked || !cell.placed) return syntax;
  const program = session.program.program();
  const compilers = program
    .getSemanticDiagnostics(cell.placed)
    .filter(({ start, code }) => (start ?? 0) >= cell.offset && !allowed.has(code))
    .filter((diagnostic) => !isUntyped(diagnostic));
  // What the compiler has said need not be said again.
  const all =
    compilers.length > 0 ? compilers : misspeltOptions(program.getTypeChecker(), cell.placed, cell.offset);
  const own = all.map((diagnostic) => describe(diagnostic, cell.code, cell.offset));
  if (own.some(({ code }) => code === cannotFindModule)) session.program.retryResolution();
  return [...own, ...localModules(session, cell.parsed)];
}

const cannotFindModule = 2307;

/** Complaints that a notebook does not share. */
const allowed = new Set([
  1375,
  1378,
  1432, // Top-level await needs a module: a cell is one.
  2630, // A later cell may replace a function.
]);

/** Globals of Node that neither TypeScript's library nor Node's types declare, save for browsers: they count as any. */
const untyped = new Set(['WebAssembly', 'Performance', 'Crypto', 'CryptoKey', 'SubtleCrypto']);

/** Codes of "Cannot find name", the same with a suggestion, and "Cannot find namespace". */
const unknownName = new Set([2304, 2552, 2503]);

function isUntyped({ code, file, start = 0, length = 0 }: ts.Diagnostic): boolean {
  return unknownName.has(code) && untyped.has(file?.text.slice(start, start + length) ?? '');
}

/** Only of what the cell itself imports: a broken file must not stand in the way of cells that do without it. */
function localModules(session: Workplace, cell: ts.SourceFile): CellDiagnostic[] {
  const found: CellDiagnostic[] = [];
  for (const file of session.program.localFiles(cell)) {
    const { service } = session.program;
    const all = [
      ...service.getSyntacticDiagnostics(file.fileName),
      ...service.getSemanticDiagnostics(file.fileName),
    ];
    for (const diagnostic of all)
      if (diagnostic.category === ts.DiagnosticCategory.Error)
        found.push({ ...describe(diagnostic, file.text, 0), file: relative(session.cwd, file.fileName) });
  }
  return found;
}

function describe(diagnostic: ts.Diagnostic, text: string, offset: number): CellDiagnostic {
  const start = Math.min(text.length, Math.max(0, (diagnostic.start ?? 0) - offset));
  const before = text.slice(0, start).split('\n');
  const line = before.length - 1;
  const character = before[line]?.length ?? 0;
  const source = text.split('\n')[line] ?? '';
  return {
    line,
    character,
    length: Math.max(1, Math.min(diagnostic.length ?? 1, source.length - character)),
    code: diagnostic.code,
    message: messageOf(diagnostic),
    source,
  };
}

/** Of an import, with the module as the user wrote it: the compiler may name the file that it found. */
function messageOf({ messageText, file, start = 0 }: ts.Diagnostic): string {
  const text = ts.flattenDiagnosticMessageText(messageText, '\n');
  const statement = file?.statements.find(({ pos, end }) => pos <= start && start < end);
  const importing = statement && (ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement));
  const specifier = importing ? statement.moduleSpecifier : undefined;
  return specifier && ts.isStringLiteral(specifier)
    ? text.replace(/'"[^"\n]*"'/, () => `'"${specifier.text}"'`)
    : text;
}
