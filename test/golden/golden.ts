import assert from 'node:assert/strict';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { readSafetensors } from '../../src/models/safetensors.js';
import { loadWeights } from '../../src/models/weights.js';
import type { Model } from '../../src/models/model.js';

const file = (name: string) => path.join(import.meta.dirname, `${name}.safetensors`);

/** A network of make_golden.py, read from PyTorch's state dict; 'exported' is 'network' by scripts/export_pytorch.py. */
export const network = (
  name: 'network' | 'exported' | 'teacher' | 'resnet18' | 'explained',
): Promise<Model> => loadWeights(file(name));

type GoldenFile = 'model' | 'training' | 'attribution' | 'options' | 'explainer' | 'attacks' | 'evaluation';

/** The values that make_golden.py wrote to a file, and how far from them a computation in float32 may be. */
export class Golden {
  private constructor(
    private readonly values: Readonly<Record<string, Tensor>>,
    private readonly rounding: Readonly<Record<string, number>>,
  ) {}

  static async read(name: GoldenFile): Promise<Golden> {
    const { arrays, metadata } = await readSafetensors(file(name));
    const entries = Object.entries(arrays).map(
      ([key, { shape, values }]) => [key, tf.tensor(values, [...shape])] as const,
    );
    // make_golden.py writes a number for each array.
    const rounding = JSON.parse(metadata['rounding'] ?? '{}') as Record<string, number>;
    return new Golden(Object.fromEntries(entries), rounding);
  }

  /** The arrays whose names begin with `prefix/`, without it. */
  names(prefix: string): string[] {
    return Object.keys(this.values)
      .filter((name) => name.startsWith(`${prefix}/`))
      .map((name) => name.slice(prefix.length + 1));
  }

  /**
   * Fails unless every entry is what PyTorch computes.
   *
   * Both sides round, in sums of another order. The tolerance, the same for every entry of an array, is 32 times the
   * largest error that PyTorch's own float32 makes against float64 (`rounding`, measured by make_golden.py): weight
   * gradients add up 4 · 12 · 11 = 528 numbers, one after the other with an error of about √528 = 23 roundings, where
   * PyTorch adds in pairs. Measured: at most 20 times, with one and two threads, with and without oneDNN. To it come four
   * roundings of the array's largest entry, 2⁻²² of it, and what `slack` says.
   */
  assertEqual(name: string, got: Tensor, slack = 0): void {
    const expected = this.values[name];
    const rounding = this.rounding[name];
    assert.ok(expected && rounding !== undefined, `no golden values '${name}'`);
    assert.deepEqual(got.shape, expected.shape, name);
    const [wanted, values] = [[...expected.dataSync()], [...got.dataSync()]];
    const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const tolerance = 32 * rounding + 2 ** -22 * largest + slack;
    values.forEach((value, i) => {
      const apart = Math.abs(value - (wanted[i] ?? NaN));
      assert.ok(apart <= tolerance, `${name}[${i}]: ${value} for ${wanted[i]}, tolerance ${tolerance}`);
    });
  }
}

/** What both sides were given. */
export interface Inputs {
  /** [4, 12, 11, 3], uniform in [0, 1]. */
  images: Tensor4D;
  /** [4], int32, used as targets too; they are not the predicted classes. */
  labels: Tensor1D;
  /** [12, 11, 3]. */
  baseline: tf.Tensor3D;
  /** [4 · 5, 12, 11, 3], standard deviation 0.15: image by image, its five samples. */
  noise: Tensor4D;
  /** [6, 12, 11, 3]. */
  baselines: Tensor4D;
  /** [4 · 5]: which of the baselines a sample starts from, and how far it goes. */
  choice: Tensor1D;
  alpha: Tensor1D;
  /** [4, 5], rows of length √5. */
  directions: Tensor2D;
}

export async function readInputs(): Promise<Inputs> {
  const { arrays } = await readSafetensors(file('inputs'));
  const read = (name: keyof Inputs, shape?: number[]): Tensor => {
    const array = arrays[name];
    assert.ok(array, name);
    return tf.tensor(array.values, shape ?? [...array.shape]);
  };
  // Ranks as make_golden.py writes them.
  return {
    images: read('images') as Tensor4D,
    labels: tf.cast(read('labels') as Tensor1D, 'int32'),
    baseline: read('baseline', [12, 11, 3]) as tf.Tensor3D,
    noise: read('noise') as Tensor4D,
    baselines: read('baselines') as Tensor4D,
    choice: read('choice') as Tensor1D,
    alpha: read('alpha') as Tensor1D,
    directions: read('directions') as Tensor2D,
  };
}

/** The images of a training's step, counted from 0: another batch for each. */
export const batch = ({ images }: Inputs, step: number): Tensor4D => tf.mul(images, (step + 1) / 10);

/** Images enlarged to a square as by F.interpolate's 'nearest': row ⌊i · height/side⌋. */
export function resized(images: Tensor4D, side: number): Tensor4D {
  const [, height, width] = images.shape;
  const take = (length: number) =>
    tf.tensor1d(
      Array.from({ length: side }, (_, i) => Math.floor((i * length) / side)),
      'int32',
    );
  return tf.gather(tf.gather(images, take(height), 1), take(width), 2);
}
