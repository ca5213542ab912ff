import { inspect } from 'node:util';
import { areNumeric, decimalsOf, missing, writeNumber } from './shownTable.js';
import type { ShownCell, ShownTable } from './shownTable.js';

/** What is used of an arquero table, so that this package's kernel need not load arquero. */
export interface ArqueroTable {
  numRows(): number;
  columnNames(): string[];
  objects(options: { limit: number }): object[];
}

export function isArqueroTable(value: object): value is ArqueroTable {
  return ['numRows', 'columnNames', 'objects', 'toHTML'].every(
    (name) => typeof (value as Record<string, unknown>)[name] === 'function',
  );
}

/** An arquero table as it is read: its first rows, numbers with the decimals that they need. */
export function shownArquero(table: ArqueroTable, { limit = 50 } = {}): ShownTable {
  const names = table.columnNames();
  const records = table.objects({ limit }) as Record<string, unknown>[];
  const columns = names.map((title) => {
    const values = records.map((record) => record[title]);
    return {
      title,
      isNumeric: areNumeric(values),
      digits: decimalsOf(values),
    };
  });
  const left = table.numRows() - records.length;
  return {
    title: '',
    caption: left > 0 ? `${left.toLocaleString('en')} more ${left === 1 ? 'row' : 'rows'}.` : '',
    columns,
    rows: records.map((record) =>
      columns.map(({ title, digits }) => shortened(cellOf(record[title], { digits }))),
    ),
  };
}

const longest = 80;

/** What anybody's table may hold must leave room for its other columns. */
function shortened(cell: ShownCell): ShownCell {
  return cell.text.length > longest ? { ...cell, text: `${cell.text.slice(0, longest - 1)}…` } : cell;
}

/** A value as a cell: a number with its decimals, a day without its hour, anything else as its text. */
export function cellOf(value: unknown, form: { digits?: number; signed?: boolean }): ShownCell {
  if (value === null || value === undefined || Number.isNaN(value)) return { text: missing, order: null };
  if (typeof value === 'number') return { text: writeNumber(value, form), order: value };
  if (value instanceof Date)
    return { text: value.toISOString().replace(/T00:00:00\.000Z$/, ''), order: value.getTime() };
  const text =
    typeof value === 'object' ? inspect(value, { depth: 1, breakLength: Infinity }) : String(value);
  return { text, order: text };
}
