import type * as Arquero from 'arquero';
import type { ColumnTable } from 'arquero';
import { createRequire } from 'node:module';
import { displaySymbol } from '../display/format.js';
import type { MimeBundle } from '../display/host.js';
import { cellOf } from '../display/table/arqueroTable.js';
import { areNumeric, decimalsOf, writeNumber } from '../display/table/shownTable.js';
import type { ShownCell, ShownTable } from '../display/table/shownTable.js';
import { tableBundle } from '../display/table/tableBundle.js';
import { tableHtml } from '../display/table/tableHtml.js';
import { tableLatex } from '../display/table/tableLatex.js';
import { tableMarkdown } from '../display/table/tableMarkdown.js';
import { tableText } from '../display/table/tableText.js';
import { ArgumentError } from '../errors.js';

const require = createRequire(import.meta.url);

/** A column: where its values come from and how they read. */
export interface Column {
  /** The column's name in the data. */
  readonly name: string;
  /** The head, with the unit: 'accuracy (%)'; default the name. */
  readonly title?: string;
  /** Decimals of numbers; default as many as tell the values apart. */
  readonly digits?: number;
  /** Writes a plus before positive numbers; default false. */
  readonly signed?: boolean;
  /** The column of half intervals, which follow as '± 0.40', or of texts that follow as they are; default none. */
  readonly spread?: string;
  /** The column of published values, which follow in small print; default none. */
  readonly published?: string;
  /** Decimals of published values; default `digits`. */
  readonly publishedDigits?: number;
  /** Marks the best value; values that are the same as shown are all marked; default none. */
  readonly best?: 'lowest' | 'highest';
}

/** Which columns are shown, and what stands around them. */
export interface TableOptions {
  /** Which columns are shown, from left to right; default all. */
  columns?: readonly Column[];
  /** Said above the table, and its name for those who cannot see it; default none. */
  title?: string;
  /** Said below it; default nothing. */
  caption?: string;
  /** Rows that no best value is looked for in: controls; default none. */
  isControl?(row: Row): boolean;
  /** What is shown, where `data` has one row for each number; default `data`. */
  shown?: ColumnTable;
}

/** A row, by the names of columns. */
export type Row = Readonly<Record<string, unknown>>;

/**
 * A table: an arquero table with the way it is shown, in a notebook as HTML whose heads sort, in a PDF as LaTeX, in a
 * terminal as text.
 *
 * `table.data` goes on in arquero; numbers in it are unrounded.
 */
export class Table {
  /** The data, unrounded. */
  readonly data: ColumnTable;
  /** What is shown of them, from left to right. */
  readonly columns: readonly Column[];
  /** Said above the table; empty where nothing is. */
  readonly title: string;
  /** Said below the table; empty where nothing is. */
  readonly caption: string;
  readonly #rows: readonly Row[];
  readonly #isControl: (row: Row) => boolean;

  /** @throws {ArgumentError} If a column is not in the data. */
  constructor(data: ColumnTable, options: TableOptions = {}) {
    const { title = '', caption = '', isControl = () => false, shown = data } = options;
    const names = shown.columnNames();
    this.data = data;
    this.columns = options.columns ?? names.map((name) => ({ name }));
    this.title = title;
    this.caption = caption;
    this.#rows = shown.objects() as Row[];
    this.#isControl = isControl;
    const strange = this.columns
      .flatMap(({ name, spread, published }) => [name, spread ?? name, published ?? name])
      .find((name) => !names.includes(name));
    if (strange !== undefined)
      throw new ArgumentError(`Table: columns must be among ${names.join(', ')}, got ${strange}`);
  }

  /** Compact HTML that needs no style sheet: numbers below each other by their decimal points; a click on a head sorts. */
  toHTML(): string {
    return tableHtml(this.#shown());
  }

  /** Aligned columns for a terminal: a star after the best value, the published one in brackets. */
  toText(): string {
    return tableText(this.#shown());
  }

  /** GitHub's Markdown: the best value bold, the published one in brackets. */
  toMarkdown(): string {
    return tableMarkdown(this.#shown());
  }

  /** A floating LaTeX table with booktabs' rules: the best value bold. @param options - `label` is for `\ref`. */
  toLatex(options: { label?: string } = {}): string {
    return tableLatex(this.#shown(), options);
  }

  /** Every column of `data` with full precision. */
  toCSV(): string {
    return this.data.toCSV();
  }

  /** What a notebook shows: a plain MIME bundle of HTML, Markdown, LaTeX and text. */
  [displaySymbol](): MimeBundle {
    return tableBundle(this.#shown());
  }

  #shown(): ShownTable {
    const columns = this.columns.map((column) => this.#column(column));
    return {
      title: this.title,
      caption: this.caption,
      columns: columns.map(({ title, isNumeric }) => ({ title, isNumeric })),
      rows: this.#rows.map((_, i) => columns.map(({ cells }) => cells[i] ?? { text: '', order: null })),
    };
  }

  #column(column: Column) {
    const { name, title = name, spread, published } = column;
    const values = this.#rows.map((row) => row[name]);
    const { digits = decimalsOf(values), publishedDigits = digits } = column;
    const best = this.#best(column, digits);
    const cells = this.#rows.map((row): ShownCell => {
      const cell = cellOf(row[name], { digits, ...(column.signed && { signed: true }) });
      return {
        ...cell,
        ...(spread !== undefined && writeSpread(row[spread], digits)),
        ...(published !== undefined && writePublished(row[published], publishedDigits)),
        ...(cell.text === best && !this.#isControl(row) && { isBest: true }),
      };
    });
    return { title, isNumeric: areNumeric(values), cells };
  }

  /** How the best value reads; undefined where there is nothing to choose from. */
  #best({ name, best, signed = false }: Column, digits: number): string | undefined {
    if (best === undefined) return undefined;
    const values = this.#rows
      .filter((row) => !this.#isControl(row))
      .map((row) => row[name])
      .filter((value): value is number => typeof value === 'number' && !Number.isNaN(value));
    const found = best === 'lowest' ? Math.min(...values) : Math.max(...values);
    const texts = values.map((value) => writeNumber(value, { digits, signed }));
    const text = writeNumber(found, { digits, signed });
    return texts.some((other) => other !== text) ? text : undefined;
  }
}

function writeSpread(value: unknown, digits: number): { spread?: string } {
  if (typeof value === 'number') return { spread: `± ${writeNumber(value, { digits })}` };
  return typeof value === 'string' ? { spread: value } : {};
}

function writePublished(value: unknown, digits: number): { beside?: string } {
  return value === null || value === undefined ? {} : { beside: cellOf(value, { digits }).text };
}

/** Makes an arquero table of rows that all have the same fields; null where a value is missing. */
export function tableOf(rows: readonly Readonly<Record<string, string | number | null>>[]): ColumnTable {
  // At the first table: its 170 files take a fifth of a second, which every import of Roarbook would wait for.
  const { from } = require('arquero') as typeof Arquero;
  return from([...rows]);
}

/**
 * A table of rows or of an arquero table, with the way it is shown: numbers aligned, heads that sort, the best value
 * marked.
 *
 * @example
 * const { accuracy: clean } = await accuracy(model, test);
 * table([{ model: 'mine', clean }], { title: 'Accuracy', columns: [{ name: 'model' }, { name: 'clean', digits: 3 }] });
 * @param rows - Rows that all have the same fields, null where a value is missing; or an arquero table.
 * @throws {ArgumentError} If a column is not in the data.
 */
export function table(
  rows: ColumnTable | readonly Readonly<Record<string, string | number | null>>[],
  options: TableOptions = {},
): Table {
  return new Table(isRows(rows) ? tableOf(rows) : rows, options);
}

function isRows<Item>(rows: ColumnTable | readonly Item[]): rows is readonly Item[] {
  return Array.isArray(rows);
}
