import type { NotebookDifference } from '../notebook/compareNotebooks.js';

/** Differences that are listed for one cell; the others are counted. */
const listed = 5;

/**
 * Differences as lines, cell by cell: where, the two values, by how much.
 *
 * @param other - What the second notebook is called: 'rerun'.
 */
export function describeDifferences(differences: readonly NotebookDifference[], other: string): string {
  // A cell that only one notebook has may have the number of another.
  const placeOf = ({ cell, head }: NotebookDifference) =>
    `${cell === 0 ? 'the notebook' : `cell ${cell}`} (${head})`;
  return [...new Set(differences.map(placeOf))]
    .flatMap((place) => {
      const own = differences.filter((difference) => placeOf(difference) === place);
      const lines = own.slice(0, listed).map((difference) => `    ${describe(difference, other)}`);
      const rest = own.length > listed ? [`    and ${own.length - listed} more`] : [];
      return [`  ${place}`, ...lines, ...rest];
    })
    .join('\n');
}

function describe({ kind, path, stored, got, by }: NotebookDifference, other: string): string {
  const where = path === '' ? kind : `${kind}, ${path}`;
  return `${where}: stored ${stored}, ${other} ${got}${by === undefined ? '' : ` (by ${Number(by.toPrecision(3))})`}`;
}
