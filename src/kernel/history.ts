import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Fields } from './content.js';

/** [session, line, source], as the protocol has it; with output asked for, [session, line, [source, output]]. */
export type HistoryRow = [number, number, string | [string, string | null]];

interface Line {
  readonly session: number;
  readonly line: number;
  readonly source: string;
}

/** Above so many bytes the file loses its older half when a session starts. */
const mostBytes = 8 << 20;

/**
 * The cells of this and earlier sessions, in a file with one JSON value per line. It is read only when a client asks:
 * a kernel that waits holds no old cells in memory.
 */
export class History {
  readonly session: number;

  constructor(private readonly path: string = historyPath()) {
    if (existsSync(path) && statSync(path).size > mostBytes) this.cut();
    this.session = lastSession(path) + 1;
    // Line 0 keeps the number from a kernel that starts meanwhile; no cell has it.
    this.append({ session: this.session, line: 0, source: '' });
  }

  add(line: number, source: string): void {
    this.append({ session: this.session, line, source });
  }

  /** What a `history_request` asks for. */
  answer(fields: Fields): HistoryRow[] {
    const output = fields.flag('output', false);
    const n = fields.number('n', 1000);
    switch (fields.text('hist_access_type', 'tail')) {
      case 'range': {
        const [start, stop] = [fields.number('start', 1), fields.number('stop', Infinity)];
        return this.range(fields.number('session', 0), { start, stop, output });
      }
      case 'search':
        return this.search(fields.text('pattern', '*'), { n, unique: fields.flag('unique', false), output });
      default:
        return this.tail(n, output);
    }
  }

  /** The last `n` cells, oldest first. */
  tail(n: number, output: boolean): HistoryRow[] {
    return rows(n > 0 ? read(this.path).slice(-n) : [], output);
  }

  /** Cells start…stop−1 of a session: 0 is this one, −1 the one before. */
  range(
    session: number,
    { start, stop, output }: { start: number; stop: number; output: boolean },
  ): HistoryRow[] {
    const wanted = session > 0 ? session : this.session + session;
    return rows(
      read(this.path).filter((line) => line.session === wanted && line.line >= start && line.line < stop),
      output,
    );
  }

  /** The last `n` cells whose source matches a pattern of * and ?. */
  search(
    pattern: string,
    { n, unique, output }: { n: number; unique: boolean; output: boolean },
  ): HistoryRow[] {
    const escaped = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*/g, '[^]*')
      .replace(/\?/g, '[^]');
    const matcher = new RegExp(`^${escaped}$`);
    let found = read(this.path).filter(({ source }) => matcher.test(source));
    if (unique) found = [...new Map(found.map((line) => [line.source, line])).values()];
    return rows(found.slice(-n), output);
  }

  private append(entry: Line): void {
    try {
      mkdirSync(dirname(this.path), { recursive: true });
      appendFileSync(this.path, `${JSON.stringify(entry)}\n`);
    } catch {
      // A full or read-only disk costs the history, not the cell.
    }
  }

  /** Keeps the newest lines that fill half of the file's room. */
  private cut(): void {
    const text = tailOf(this.path, mostBytes / 2);
    const temporary = `${this.path}.${process.pid}`;
    try {
      writeFileSync(temporary, text.slice(text.indexOf('\n') + 1));
      renameSync(temporary, this.path);
    } catch {
      // It stays as long as it is.
    }
  }
}

function rows(lines: readonly Line[], output: boolean): HistoryRow[] {
  return lines.map(({ session, line, source }) => [session, line, output ? [source, null] : source]);
}

function historyPath(): string {
  const data = process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share');
  return process.env['ROARBOOK_HISTORY'] ?? join(data, 'roarbook', 'history.jsonl');
}

/** The cells in the file. */
function read(path: string): Line[] {
  if (!existsSync(path)) return [];
  return parsed(readFileSync(path, 'utf8')).filter(({ line }) => line > 0);
}

function lastSession(path: string): number {
  // A last line longer than this is not found: then the whole file is read.
  const some = parsed(tailOf(path, 1 << 16));
  const lines = some.length > 0 ? some : parsed(tailOf(path, mostBytes));
  return lines.reduce((last, { session }) => Math.max(last, session), 0);
}

/** The file's last bytes as text; empty where it cannot be read. */
function tailOf(path: string, bytes: number): string {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const { size } = fstatSync(file);
    const buffer = Buffer.alloc(Math.min(bytes, size));
    return buffer.toString('utf8', 0, readSync(file, buffer, 0, buffer.length, size - buffer.length));
  } catch {
    return '';
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function parsed(text: string): Line[] {
  const lines: Line[] = [];
  for (const each of text.split('\n')) {
    try {
      const { session, line, source } = JSON.parse(each) as Partial<Line>;
      if (typeof session === 'number' && typeof line === 'number' && typeof source === 'string')
        lines.push({ session, line, source });
    } catch {
      // A line that another kernel was writing, or of which only the end was read.
    }
  }
  return lines;
}
