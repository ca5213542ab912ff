import type { ShownCell, ShownTable } from './shownTable.js';

/** A table as GitHub's Markdown: the best value bold, what it is compared with in brackets. */
export function tableMarkdown({ title, caption, columns, rows }: ShownTable): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const table = [
    line(columns.map(({ title }) => escapedMarkdown(title))),
    line(columns.map(({ isNumeric }) => (isNumeric ? '---:' : ':---'))),
    ...rows.map((row) => line(row.map(write))),
  ].join('\n');
  const head = title && `**${escapedMarkdown(title)}**`;
  return [head, table, escapedMarkdown(caption)].filter(Boolean).join('\n\n');
}

function write({ text, spread, beside, isBest = false }: ShownCell): string {
  const value = escapedMarkdown(text);
  const parts = [isBest ? `**${value}**` : value, spread, beside === undefined ? undefined : `(${beside})`];
  return parts.filter((part) => part !== undefined).join(' ');
}

function escapedMarkdown(text: string): string {
  return text.replace(/[\\|*_`<>[\]$]/g, '\\$&').replaceAll('\n', ' ');
}
