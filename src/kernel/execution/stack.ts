import { SourceMap } from 'node:module';

/** As the compiler wrote them, until the first error reads one: most cells throw nothing. */
const maps = new Map<string, string | SourceMap>();
const ends = new Map<string, number>();

/** Remembers how a script's positions map to what the user wrote; from line `end` on it is the kernel's. */
export function addSourceMap(script: string, map: string, end = Infinity): void {
  ends.set(script, end);
  if (map !== '') maps.set(script, map);
}

function mapOf(script: string): SourceMap | undefined {
  const map = maps.get(script);
  if (typeof map !== 'string') return map;
  // The compiler writes version 3 maps, which is what SourceMap reads.
  const read = new SourceMap(JSON.parse(map) as ConstructorParameters<typeof SourceMap>[0]);
  maps.set(script, read);
  return read;
}

/** Line and column, from 1, in the source as the user wrote it. */
function original(script: string, line: number, column: number): { line: number; column: number } {
  const entry = mapOf(script)?.findEntry(line - 1, column - 1);
  if (!entry || !('originalLine' in entry) || entry.originalLine === undefined) return { line, column };
  const shift = column - 1 - entry.generatedColumn;
  const inside = entry.generatedLine === line - 1 && shift < 0 ? 0 : shift;
  return {
    line: entry.originalLine + 1,
    column: entry.originalColumn + 1 + (maps.has(script) ? 0 : inside),
  };
}

/** Frames of the kernel and of Node itself tell the user nothing. */
function isInternal(file: string): boolean {
  return file.startsWith('node:') || file.includes('/kernel/execution/') || file === '';
}

/** Makes every error's stack point into cells as the user wrote them, without frames from inside the kernel. */
export function mapStacks(): void {
  Error.stackTraceLimit = 50;
  Error.prepareStackTrace = (error, frames) => {
    const lines = [headline(error)];
    for (const frame of frames) {
      const file = frame.getFileName() ?? frame.getEvalOrigin() ?? '';
      const line = frame.getLineNumber();
      if (isInternal(file) || (line !== null && line >= (ends.get(file) ?? Infinity))) continue;
      const column = frame.getColumnNumber();
      if (line === null || column === null || !maps.has(file)) lines.push(`    at ${String(frame)}`);
      else {
        const at = original(file, line, column);
        const name = frameName(frame);
        const place = `${file.replace(/#\d+$/, '')}:${at.line}:${at.column}`;
        lines.push(name ? `    at ${name} (${place})` : `    at ${place}`);
      }
      if (lines.length > 21) break;
    }
    return lines.join('\n');
  };
}

function frameName(frame: NodeJS.CallSite): string {
  const text = String(frame);
  const name = text.includes(' (') ? text.slice(0, text.indexOf(' (')) : '';
  return name.replace(/^(async )?Object\.|\b__scope\./g, '$1').replace(/^\w+\.<anonymous>$/, '');
}

function headline(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const name = error.name || 'Error';
  return error.message ? `${name}: ${error.message}` : name;
}
