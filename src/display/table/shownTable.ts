/** A table as it is read: texts instead of values; the writers beside this file turn it into HTML, Markdown, LaTeX, text. */
export interface ShownTable {
  /** Said above the table, and its name for those who cannot see it. */
  readonly title: string;
  /** Said below it. */
  readonly caption: string;
  readonly columns: readonly ShownColumn[];
  readonly rows: readonly (readonly ShownCell[])[];
}

export interface ShownColumn {
  /** The head, with the unit: 'accuracy (%)'. */
  readonly title: string;
  /** Numbers stand below each other by their decimal points. */
  readonly isNumeric: boolean;
}

export interface ShownCell {
  readonly text: string;
  /** How sure it is: '± 0.40'. */
  readonly spread?: string;
  /** What it is compared with, shown smaller: the published number. */
  readonly beside?: string;
  /** It is the best of its column. */
  readonly isBest?: boolean;
  /** What rows are sorted by: a number, or the text itself; null where a value is missing. */
  readonly order: number | string | null;
}

/** What stands where a value is missing. */
export const missing = '–';

/** A number with its decimals and a true minus sign. */
export function writeNumber(value: number, { digits = 1, signed = false } = {}): string {
  if (Number.isNaN(value)) return missing;
  const size = Math.abs(value) === Infinity ? '∞' : Math.abs(value).toFixed(digits);
  // What rounds to zero has no sign.
  const sign = Number(size) === 0 ? '' : value < 0 ? '−' : signed ? '+' : '';
  return sign + size;
}

/** Whether a column's values are numbers: one of them is. */
export function areNumeric(values: readonly unknown[]): boolean {
  return values.some((value) => typeof value === 'number');
}

/** The decimals that numbers need to be told apart: none for integers, else at most four significant ones, 0…8. */
export function decimalsOf(values: readonly unknown[]): number {
  const numbers = values.filter((value): value is number => typeof value === 'number' && isFinite(value));
  const largest = Math.max(0, ...numbers.map(Math.abs));
  const most = largest === 0 ? 0 : Math.min(8, Math.max(0, 3 - Math.floor(Math.log10(largest))));
  const isExact = (digits: number) =>
    numbers.every((value) => Math.abs(Number(value.toFixed(digits)) - value) <= 1e-9 * Math.abs(value));
  return Array.from({ length: most }, (_, digits) => digits).find(isExact) ?? most;
}

type Part = 'text' | 'spread' | 'beside';

/** What fills the place of a digit and of a decimal point. */
export interface Blanks {
  readonly digit: string;
  readonly point: string;
}

/**
 * The rows with every part of a numeric column's cells as wide as its widest, so that decimal points stand below each
 * other.
 */
export function padNumbers({ columns, rows }: ShownTable, blanks: Blanks): ShownCell[][] {
  const widest = columns.map((_, i) => ({
    text: longest(rows, i, 'text'),
    spread: longest(rows, i, 'spread'),
    beside: longest(rows, i, 'beside'),
  }));
  return rows.map((row) =>
    row.map((cell, i) => {
      const room = widest[i];
      if (!room || !columns[i]?.isNumeric) return cell;
      const pad = (part: Part) => padded(cell[part] ?? '', room[part], blanks);
      return {
        ...cell,
        text: pad('text'),
        ...(room.spread !== '' && { spread: pad('spread') }),
        ...(room.beside !== '' && { beside: pad('beside') }),
      };
    }),
  );
}

function longest(rows: ShownTable['rows'], column: number, part: Part): string {
  return rows
    .map((row) => row[column]?.[part] ?? '')
    .reduce((long, text) => (text.length > long.length ? text : long), '');
}

/** A text after blanks as wide as what the longest has in their place. */
function padded(text: string, long: string, { digit, point }: Blanks): string {
  const place = long.slice(0, Math.max(0, long.length - text.length));
  return [...place].map((sign) => (sign === '.' ? point : digit)).join('') + text;
}
