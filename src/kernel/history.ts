import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
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

/** Cells kept on disk; the file is cut to these when a session starts. */
const kept = 10_000;

/** The cells of this and earlier sessions, in a file with one JSON value per line. */
export class History {
  private readonly lines: Line[];
  readonly session: number;

  constructor(private readonly path: string = historyPath()) {
    this.lines = read(path);
    this.session = this.lines.reduce((last, { session }) => Math.max(last, session), 0) + 1;
    if (this.lines.length > 1.2 * kept) this.cut();
  }

  add(line: number, source: string): void {
    const entry: Line = { session: this.session, line, source };
    this.lines.push(entry);
    try {
      mkdirSync(dirname(this.path), { recursive: true });
      appendFileSync(this.path, `${JSON.stringify(entry)}\n`);
    } catch {
      // A full or read-only disk costs the history, not the cell.
    }
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
    return rows(n > 0 ? this.lines.slice(-n) : [], output);
  }

  /** Cells start…stop−1 of a session: 0 is this one, −1 the one before. */
  range(
    session: number,
    { start, stop, output }: { start: number; stop: number; output: boolean },
  ): HistoryRow[] {
    const wanted = session > 0 ? session : this.session + session;
    return rows(
      this.lines.filter((line) => line.session === wanted && line.line >= start && line.line < stop),
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
    let found = this.lines.filter(({ source }) => matcher.test(source));
    if (unique) found = [...new Map(found.map((line) => [line.source, line])).values()];
    return rows(found.slice(-n), output);
  }

  private cut(): void {
    this.lines.splice(0, this.lines.length - kept);
    const temporary = `${this.path}.${process.pid}`;
    writeFileSync(temporary, this.lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    renameSync(temporary, this.path);
  }
}

function rows(lines: readonly Line[], output: boolean): HistoryRow[] {
  return lines.map(({ session, line, source }) => [session, line, output ? [source, null] : source]);
}

function historyPath(): string {
  const data = process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share');
  return process.env['ROARBOOK_HISTORY'] ?? join(data, 'roarbook', 'history.jsonl');
}

function read(path: string): Line[] {
  if (!existsSync(path)) return [];
  const lines: Line[] = [];
  for (const text of readFileSync(path, 'utf8').split('\n')) {
    try {
      const { session, line, source } = JSON.parse(text) as Partial<Line>;
      if (typeof session === 'number' && typeof line === 'number' && typeof source === 'string')
        lines.push({ session, line, source });
    } catch {
      // A line that another kernel was writing, or that a crash cut off.
    }
  }
  return lines;
}
