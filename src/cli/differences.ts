import type { NotebookDifference } from '../notebook/compareNotebooks.js';

/** Differences that are listed for one cell; the others are counted. */
const listed = 5;

/**
 * Differences as lines, cell by cell: where, the two values, by how much.
 *
 * @param other - What the second notebook is called: 'rerun'.
 */
export function describeDifferences(differences: readonly NotebookDifference[], other: string): string {
  const cells = [...new Set(differences.map(({ cell }) => cell))];
  return cells
    .flatMap((cell) => {
      const own = differences.filter((difference) => difference.cell === cell);
      const lines = own.slice(0, listed).map((difference) => `    ${describe(difference, other)}`);
      const rest = own.length > listed ? [`    and ${own.length - listed} more`] : [];
      const name = cell === 0 ? 'the notebook' : `cell ${cell}`;
      return [`  ${name} (${own[0]?.head ?? ''})`, ...lines, ...rest];
    })
    .join('\n');
}

function describe({ kind, path, stored, got, by }: NotebookDifference, other: string): string {
  const where = path === '' ? kind : `${kind}, ${path}`;
  return `${where}: stored ${stored}, ${other} ${got}${by === undefined ? '' : ` (by ${Number(by.toPrecision(3))})`}`;
}
