/** Where a figure's numbers come from; every figure and table says it. */
export interface Provenance {
  /** 'quick'. */
  readonly profile: string;
  /** What the profile shrinks against the paper; 'nothing' or absent for the published scale. */
  readonly shrunk?: string;
  /** The data set's caption. */
  readonly dataset: string;
  readonly seeds: readonly number[];
  /** 'CPU, 2 threads, TensorFlow 2.21.0'. */
  readonly device: string;
}

/** Provenance as one paragraph for captions. */
export function describeProvenance({ profile, shrunk, dataset, seeds, device }: Provenance): string {
  const scale = shrunk && shrunk !== 'nothing' ? ` (${shrunk})` : '';
  return `Profile ${profile}${scale}. Data: ${dataset}. ${describeSeeds(seeds)}. ${device}.`;
}

function describeSeeds(seeds: readonly number[]): string {
  const sorted = [...seeds].sort((a, b) => a - b);
  const [first = 0, last = 0] = [sorted[0], sorted.at(-1)];
  if (sorted.length === 1) return `Seed ${first}`;
  const consecutive = sorted.every((seed, i) => seed === first + i);
  return `Seeds ${consecutive && sorted.length > 2 ? `${first}–${last}` : sorted.join(', ')}`;
}
