import { ArgumentError } from '../errors.js';
import type { Dataset } from './dataset.js';

/**
 * Checks that a data set is what its type says: data sets are also made by hand, and in scripts without types.
 *
 * @param name - The public function, for messages.
 * @throws {ArgumentError} If there is no image, an array has another type or length than the shape asks for, a label is
 *   negative, or a float image holds NaN or an infinity.
 */
export function checkDataset(name: string, dataset: Dataset): void {
  const { images, labels, shape } = fieldsOf(name, dataset);
  if (!Array.isArray(shape) || shape.length !== 3 || !shape.every((length) => isCount(length)))
    throw new ArgumentError(
      `${name}: the data set's shape must be [height, width, channels], got ${JSON.stringify(shape)}`,
    );
  if (!(images instanceof Uint8Array || images instanceof Float32Array) || !(labels instanceof Int32Array))
    throw new ArgumentError(
      `${name}: the data set must hold images as Uint8Array or Float32Array and labels as Int32Array, ` +
        `got ${typeName(images)} and ${typeName(labels)}`,
    );
  const size = shape.reduce((product: number, length: number) => product * length, 1);
  if (labels.length === 0 || images.length !== labels.length * size)
    throw new ArgumentError(
      `${name}: the data set must hold at least one image and ${size} numbers for each label, ` +
        `got ${images.length} numbers and ${labels.length} labels`,
    );
  const negative = labels.find((label) => label < 0);
  if (negative !== undefined) throw new ArgumentError(`${name}: labels must be ≥ 0, got ${negative}`);
  // The index, since NaN is also what find returns for it.
  const wrong = images instanceof Float32Array ? images.findIndex((value) => !Number.isFinite(value)) : -1;
  if (wrong >= 0) throw new ArgumentError(`${name}: images must be finite numbers, got ${images[wrong]}`);
}

/** What comes from untyped code may be anything. */
function fieldsOf(name: string, dataset: unknown): { images?: unknown; labels?: unknown; shape?: unknown } {
  if (typeof dataset === 'object' && dataset !== null) {
    if (!('train' in dataset)) return dataset;
    throw new ArgumentError(`${name}: the data set must be one set, got a pair; pass its train or test`);
  }
  throw new ArgumentError(`${name}: the data set must be an object, got ${String(dataset)}`);
}

/**
 * Attacks clip to [0, 1], which would move images from outside on their own.
 *
 * @throws {ArgumentError} If a float image leaves [0, 1].
 */
export function checkRange(name: string, { images }: Dataset): void {
  if (!(images instanceof Float32Array)) return;
  const outside = images.find((value) => value < 0 || value > 1);
  if (outside !== undefined)
    throw new ArgumentError(`${name}: images must lie in [0, 1], got ${outside}; divide bytes by 255`);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 1;
}

function typeName(value: unknown): string {
  return typeof value === 'object' && value !== null ? value.constructor.name : String(value);
}
