import { isDeepStrictEqual } from 'node:util';
import { compareValues, type Closeness, type ValueDifference } from './compareValues.js';
import type { NotebookCell } from './notebookFile.js';
import { progressLines } from './shown.js';

/** What became of the lines that a cell's progress displays ended with. */
export interface ComparedProgress {
  readonly differences: readonly ValueDifference[];
  /** Lines of the stored cell without a counterpart: the other run had those results already. */
  readonly alone: number;
}

/**
 * Compares the last lines of two cells' progress displays, which hold losses and accuracies; their times are left out.
 * A run shows them only of what it computes itself, so lines that only one run has are no difference.
 */
export async function compareProgress(
  stored: NotebookCell,
  got: NotebookCell,
  closeness: Closeness,
): Promise<ComparedProgress> {
  const [text, html] = await Promise.all(
    (['text/plain', 'text/html'] as const).map((mime) =>
      compareLines(progressLines(stored, mime), progressLines(got, mime), closeness),
    ),
  );
  const isTold = (found: ValueDifference) => text?.differences.some((told) => isDeepStrictEqual(told, found));
  const more = html?.differences.filter((found) => !isTold(found)) ?? [];
  return { differences: [...(text?.differences ?? []), ...more], alone: text?.alone ?? 0 };
}

async function compareLines(
  ours: readonly string[],
  theirs: string[],
  closeness: Closeness,
): Promise<ComparedProgress> {
  const open = ours.filter((line) => !removeFirst(theirs, (other) => other === line));
  const pairs = open.map(
    (line) => [line, removeFirst(theirs, (other) => words(other) === words(line))] as const,
  );
  const found = await Promise.all(
    pairs.map(([line, other]) => (other === undefined ? [] : compareValues(line, other, closeness))),
  );
  return { differences: found.flat(), alone: pairs.filter(([, other]) => other === undefined).length };
}

function removeFirst(lines: string[], isWanted: (line: string) => boolean): string | undefined {
  const at = lines.findIndex(isWanted);
  return at < 0 ? undefined : lines.splice(at, 1)[0];
}

/** A line without its numbers. */
function words(line: string): string {
  return line.replace(/\d+(?:\.\d+)?(?:e[+-]?\d+)?/g, '#');
}
