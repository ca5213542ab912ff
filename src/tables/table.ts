import * as aq from 'arquero';
import type { ColumnTable } from 'arquero';
import { displaySymbol } from '../display/format.js';
import type { MimeBundle } from '../display/host.js';
import { escaped } from '../display/html.js';

/** A column: where its values come from and how they read. */
export interface Column {
  /** The column's name in `data`. */
  readonly name: string;
  /** The head, with the unit: 'accuracy (%)'. */
  readonly title: string;
  /** Decimals of numbers; default 1. */
  readonly digits?: number;
  /** Writes a plus before positive numbers. */
  readonly signed?: boolean;
}

export interface TableOptions {
  /** Which columns are shown, from left to right. */
  columns: readonly Column[];
  title?: string;
  caption?: string;
}

/**
 * A table: an arquero table with the way it is shown, in a notebook as HTML and in a terminal as text.
 *
 * `table.data` goes on in arquero; numbers in it are unrounded.
 */
export class Table {
  readonly data: ColumnTable;
  readonly columns: readonly Column[];
  readonly title: string;
  readonly caption: string;

  constructor(data: ColumnTable, { columns, title = '', caption = '' }: TableOptions) {
    this.data = data;
    this.columns = columns;
    this.title = title;
    this.caption = caption;
  }

  /** Compact HTML: text to the left, numbers to the right, under their heads. */
  html(): string {
    const titled = this.data
      .select(Object.fromEntries(this.columns.map(({ name, title }) => [name, title])))
      .toHTML({
        align: Object.fromEntries(
          this.columns.map((column) => [column.title, this.#isNumeric(column) ? 'r' : 'l']),
        ),
        format: Object.fromEntries(
          this.columns.map((column) => [column.title, (value: unknown) => formatted(value, column)]),
        ),
        null: () => missing,
        style: { table: tableStyle, th: cellStyle, td: cellStyle },
      });
    const head = this.title && `<p style="${textStyle}"><b>${escaped(this.title)}</b></p>`;
    const foot = this.caption && `<p style="${textStyle}">${escaped(this.caption)}</p>`;
    return `<div>${head}${titled}${foot}</div>`;
  }

  /** Aligned columns for a terminal. */
  text(): string {
    const rows = [this.columns.map(({ title }) => title), ...this.#cells()];
    const widths = this.columns.map((_, i) => Math.max(...rows.map((row) => [...(row[i] ?? '')].length)));
    const lines = rows.map((row) =>
      row
        .map((cell, i) => {
          const column = this.columns[i];
          const width = widths[i] ?? 0;
          return column && this.#isNumeric(column) ? cell.padStart(width) : cell.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    );
    lines.splice(1, 0, widths.map((width) => '─'.repeat(width)).join('  '));
    return [this.title, ...lines, this.caption].filter(Boolean).join('\n');
  }

  /** Every column with full precision, heads as in `data`. */
  csv(): string {
    return this.data.toCSV();
  }

  /** What a notebook shows: a plain MIME bundle of HTML and text. */
  [displaySymbol](): MimeBundle {
    return { 'text/html': this.html(), 'text/plain': this.text() };
  }

  #isNumeric({ name }: Column): boolean {
    return Array.from(this.data.array(name)).some((value) => typeof value === 'number');
  }

  #cells(): string[][] {
    return this.data
      .objects()
      .map((row) =>
        this.columns.map((column) => formatted((row as Record<string, unknown>)[column.name], column)),
      );
  }
}

/** Makes an arquero table of rows that all have the same fields; null where a value is missing. */
export function tableOf(rows: readonly Readonly<Record<string, string | number | null>>[]): ColumnTable {
  return aq.from([...rows]);
}

const missing = '–';
const textStyle = 'margin:0.3em 0;max-width:46em';
const tableStyle = 'border-collapse:collapse;font-variant-numeric:tabular-nums;width:auto';
const cellStyle = 'padding:0.15em 0.9em 0.15em 0';

/** A number with its decimals and a true minus sign, a text as it is, a dash for what is missing. */
function formatted(value: unknown, { digits = 1, signed = false }: Column): string {
  if (value === null || value === undefined) return missing;
  if (typeof value !== 'number') return String(value);
  const size = Math.abs(value) === Infinity ? '∞' : Math.abs(value).toFixed(digits);
  // What rounds to zero has no sign.
  const sign = Number(size) === 0 ? '' : value < 0 ? '−' : signed ? '+' : '';
  return sign + size;
}
