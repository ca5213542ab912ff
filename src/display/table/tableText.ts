import { padNumbers } from './shownTable.js';
import type { ShownCell, ShownTable } from './shownTable.js';

/** Longer text wraps in a terminal or notebook; a rule as long as it would fill lines of its own. */
const longestRule = 60;

/** A table in aligned columns for a terminal: a star after the best value, what it is compared with in brackets. */
export function tableText(table: ShownTable): string {
  const stars = table.columns.map((_, i) => table.rows.some((row) => row[i]?.isBest === true));
  const cells = padNumbers(table, { digit: ' ', point: ' ' }).map((row) =>
    row.map((cell, i) => write(cell, stars[i] ?? false)),
  );
  const rows = [table.columns.map(({ title }) => title), ...cells];
  const widths = table.columns.map((_, i) => Math.max(...rows.map((row) => [...(row[i] ?? '')].length)));
  const lines = rows.map((row) =>
    row
      .map((cell, i) => {
        const width = widths[i] ?? 0;
        return table.columns[i]?.isNumeric ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
  lines.splice(1, 0, widths.map((width) => '─'.repeat(Math.min(width, longestRule))).join('  '));
  return [table.title, ...lines, table.caption].filter(Boolean).join('\n');
}

function write({ text, spread, beside, isBest = false }: ShownCell, hasStars: boolean): string {
  const star = hasStars ? (isBest ? '*' : ' ') : '';
  return [text + star, spread, bracketed(beside)].filter((part) => part !== undefined).join(' ');
}

/** The blanks that align a number stay outside of its brackets; what is blank has none. */
function bracketed(text?: string): string | undefined {
  return text?.trim() === '' ? `${text}  ` : text?.replace(/^( *)(.+)$/, '$1($2)');
}
