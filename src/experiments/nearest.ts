/**
 * The name that a misspelt one probably means, as the end of a message: ` (did you mean 'epochs'?)`, or nothing.
 */
export function meant(name: string, names: readonly string[]): string {
  const distances = names.map((known) => ({
    known,
    distance: edits(name.toLowerCase(), known.toLowerCase()),
  }));
  const [best] = distances.sort((a, b) => a.distance - b.distance);
  // Half the letters may be wrong, no more: a wild guess is no help.
  return best && best.distance <= Math.max(1, name.length / 2) ? ` (did you mean '${best.known}'?)` : '';
}

/** Letters to insert, delete or replace, at least, to turn one word into the other. */
function edits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...to].entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
