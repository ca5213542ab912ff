import { ArgumentError, shown } from '../errors.js';
import type { Architecture } from './model.js';

/**
 * The sizes that a resnet's architecture names, checked one by one: a file may name anything.
 *
 * @throws {ArgumentError} If one is missing or out of range.
 */
export function resnetSizes(architecture: Architecture) {
  const { kind } = architecture;
  if (kind !== 'resnet')
    throw new ArgumentError(`resnet: the architecture's kind must be 'resnet', got ${shown(kind)}`);
  const count = (name: string) => positives(`resnet: ${name}`, [architecture[name]])[0] ?? 1;
  const list = (name: string) => positives(`resnet: ${name}`, architecture[name]);
  const [widths, blocks, strides] = [list('widths'), list('blocks'), list('strides')];
  if (widths.length === 0 || blocks.length !== widths.length || strides.length !== widths.length) {
    throw new ArgumentError(
      `resnet: widths, blocks and strides must have one entry for each stage, got ${widths.length}, ${blocks.length} and ${strides.length}`,
    );
  }
  // A file may name any numbers; a network this deep is a mistake or an attack.
  if (sum(blocks) > 1000) throw new ArgumentError(`resnet: blocks must be at most 1000, got ${sum(blocks)}`);
  const { mean, std } = architecture;
  if (
    !finite(mean) ||
    !finite(std) ||
    mean.length === 0 ||
    std.length !== mean.length ||
    std.some((s) => s <= 0)
  ) {
    throw new ArgumentError('resnet: normalise must hold one mean and one positive std for each channel');
  }
  return { stem: count('stem'), widths, blocks, strides, classes: count('classes'), mean, std };
}

/**
 * @param name - What they are, for messages.
 * @throws {ArgumentError} Unless they are a list of sizes.
 */
export function positives(name: string, values: unknown): readonly number[] {
  if (finite(values) && values.every((value) => Number.isInteger(value) && value >= 1 && value <= 2 ** 16))
    return values;
  throw new ArgumentError(`${name} must be whole numbers from 1 to 65536, got ${shown(values)}`);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function finite(values: unknown): values is readonly number[] {
  return Array.isArray(values) && values.every((value) => Number.isFinite(value));
}
