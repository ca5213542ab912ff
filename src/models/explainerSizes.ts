import { ArgumentError, shown } from '../errors.js';
import { positives, resnetSizes } from './architecture.js';
import type { Architecture } from './model.js';

/** What an explainer's maps can be, see `ExplainerOptions`. */
export type ExplainerOutput = 'signed' | 'rectified';

export interface ExplainerSizes {
  readonly filters: readonly number[];
  readonly strides: readonly number[];
  readonly output: ExplainerOutput;
  /** Of the features that it starts from. */
  readonly features: number;
  /** Of the images. */
  readonly channels: number;
}

/** Whether an architecture, which a file may have named, has an explainer. */
export function hasExplainer(architecture: Architecture): boolean {
  return architecture['explainerFilters'] !== undefined;
}

/**
 * The sizes of the explainer that an architecture names, checked one by one.
 *
 * @throws {ArgumentError} If one is missing or out of range.
 */
export function explainerSizes(architecture: Architecture): ExplainerSizes {
  const { widths, mean } = resnetSizes(architecture);
  const filters = positives('explainer: filters', architecture['explainerFilters']);
  const strides = positives('explainer: strides', architecture['explainerStrides']);
  const output = architecture['explainerOutput'];
  if (output !== 'signed' && output !== 'rectified') {
    throw new ArgumentError(`explainer: output must be 'signed' or 'rectified', got ${shown(output)}`);
  }
  if (filters.length === 0 || filters.length > 100 || strides.length !== filters.length) {
    throw new ArgumentError(
      `explainer: filters, 1 to 100, and strides must be as many, got ${filters.length} and ${strides.length}`,
    );
  }
  const factor = shrinkage(architecture);
  if (product(strides) !== factor) {
    throw new ArgumentError(
      `explainer: the product of the strides must be that of the network's, ${factor}, got ${product(strides)}`,
    );
  }
  return { filters, strides, output, features: widths.at(-1) ?? 0, channels: mean.length };
}

/** Strides of 1 and 2, the twos last, that lead from a network's features to its images' size. */
export function outward(architecture: Architecture, layers: number): number[] {
  const factor = shrinkage(architecture);
  const twos = Math.log2(factor);
  if (!Number.isInteger(twos) || twos > layers) {
    throw new ArgumentError(
      `explainer: ${layers} deconvolutions of stride 1 or 2 must enlarge the features ${factor} times; give strides`,
    );
  }
  return Array.from({ length: layers }, (_, i) => (i < layers - twos ? 1 : 2));
}

/** How many times smaller than the images the last features are. */
function shrinkage(architecture: Architecture): number {
  return product(resnetSizes(architecture).strides);
}

function product(values: readonly number[]): number {
  return values.reduce((total, value) => total * value, 1);
}
