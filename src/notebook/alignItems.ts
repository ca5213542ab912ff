/** Items of two lists that belong together, or one that has no counterpart. */
export type Aligned<Item extends object> =
  | { readonly stored: Item; readonly got: Item | undefined }
  | { readonly stored: undefined; readonly got: Item };

/**
 * Which items of two notebooks belong together, in reading order: as many as can be with the same text; between these
 * also those with another text, in their order, if there are as many on both sides. Others have no counterpart.
 */
export function alignItems<Item extends object>(
  stored: readonly Item[],
  got: readonly Item[],
  textOf: (item: Item) => string,
): Aligned<Item>[] {
  const anchors = sameTexts(stored.map(textOf), got.map(textOf));
  const found: Aligned<Item>[] = [];
  let [from, otherFrom] = [0, 0];
  for (const [i, k] of [...anchors, [stored.length, got.length] as const]) {
    found.push(...between(stored.slice(from, i), got.slice(otherFrom, k)));
    const anchor = stored[i];
    if (anchor) found.push({ stored: anchor, got: got[k] });
    [from, otherFrom] = [i + 1, k + 1];
  }
  return found;
}

function between<Item extends object>(stored: readonly Item[], got: readonly Item[]): Aligned<Item>[] {
  if (stored.length === got.length) return stored.map((item, i) => ({ stored: item, got: got[i] }));
  return [
    ...stored.map((item) => ({ stored: item, got: undefined })),
    ...got.map((item) => ({ stored: undefined, got: item })),
  ];
}

/** A longest common subsequence, as pairs of indices. */
function sameTexts(stored: readonly string[], got: readonly string[]): (readonly [number, number])[] {
  const width = got.length + 1;
  // How many texts can be paired of those from i and from k on, at i · width + k.
  const counts = new Uint32Array((stored.length + 1) * width);
  const count = (i: number, k: number) => counts[i * width + k] ?? 0;
  for (let i = stored.length - 1; i >= 0; i--)
    for (let k = got.length - 1; k >= 0; k--)
      counts[i * width + k] =
        stored[i] === got[k] ? count(i + 1, k + 1) + 1 : Math.max(count(i + 1, k), count(i, k + 1));
  const pairs: (readonly [number, number])[] = [];
  let [i, k] = [0, 0];
  while (i < stored.length && k < got.length)
    if (stored[i] === got[k]) pairs.push([i++, k++]);
    else if (count(i + 1, k) >= count(i, k + 1)) i++;
    else k++;
  return pairs;
}
