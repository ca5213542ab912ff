import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core/dist/tensor.js';
import type { Dataset } from '../data/dataset.js';
import { ArgumentError } from '../errors.js';
import { runningMomentum } from '../models/batchNorm.js';
import { forDataset } from '../models/forDataset.js';
import type { Model, Tensors } from '../models/model.js';
import { disposeState, initialise } from '../models/params.js';
import { resnetSpec } from '../models/resnet.js';
import type { Random } from '../random.js';

/** A part of a network that is randomised at once. */
export interface Block {
  /** 'linear', 'layer2.0', 'conv1': the first words of its tensors' names. */
  readonly name: string;
  /** Its parameters and buffers. */
  readonly tensors: readonly string[];
}

/**
 * A network's blocks, from the images to the logits: residual blocks as a whole, and layers outside of them with the batch
 * norm that follows them.
 */
export function blocksOf({ params, buffers }: Model): Block[] {
  const blocks: { name: string; tensors: string[]; weights: boolean }[] = [];
  for (const [tensor, { rank }] of Object.entries({ ...params, ...buffers })) {
    const name = blockName(tensor);
    const block = blocks.find((other) => other.name === name);
    if (block) {
      block.tensors.push(tensor);
      block.weights ||= rank >= 2;
    } else {
      blocks.push({ name, tensors: [tensor], weights: rank >= 2 });
    }
  }
  const merged: { name: string; tensors: string[] }[] = [];
  for (const { name, tensors, weights } of blocks) {
    const before = merged.at(-1);
    if (weights || !before) merged.push({ name, tensors });
    else before.tensors.push(...tensors);
  }
  return merged;
}

/** The name as far as a number: 'layer1.0' of 'layer1.0.conv1.weight'; else its first word. */
function blockName(tensor: string): string {
  return /^(?:[^.]+\.)+?\d+(?=\.)/.exec(tensor)?.[0] ?? tensor.split('.')[0] ?? tensor;
}

/** The convolutions of the last residual block, projection included. @throws {ArgumentError} If there is none. */
export function lastBlock(model: Model): Block {
  const block = blocksOf(model)
    .filter(({ name }) => name.includes('.'))
    .at(-1);
  if (!block) {
    throw new ArgumentError(
      "sanityCheck: order 'lastBlock' must be given a residual network, got none; use 'cascade'",
    );
  }
  return { name: block.name, tensors: block.tensors.filter((name) => model.params[name]?.rank === 4) };
}

/**
 * All tensors of a network newly drawn, as they are when it is made.
 *
 * @throws {ArgumentError} If how it starts is not known.
 */
export function freshTensors(model: Model, random: Random): Tensors {
  try {
    const { params, buffers } = initialise(resnetSpec(model.architecture), random);
    return { ...params, ...buffers };
  } catch (cause) {
    if (!(cause instanceof ArgumentError)) throw cause;
    throw new ArgumentError(
      "sanityCheck: weights 'fresh' must be given a residual network, got another; give weights: 'noise'",
      { cause },
    );
  }
}

/**
 * All weights of a network, without biases and batch norms, drawn from normal distributions of mean 0.
 *
 * @param sigma - Default: each tensor's own standard deviation.
 */
export async function noiseTensors(
  { params }: Model,
  { sigma, random }: { sigma: number | undefined; random: Random },
): Promise<Tensors> {
  const drawn: Record<string, Tensor> = {};
  for (const [name, tensor] of Object.entries(params)) {
    if (tensor.rank < 2) continue;
    const values = await tensor.data<'float32'>();
    const scale = sigma ?? deviation(values);
    const stream = random.fork(name);
    drawn[name] = tf.tensor(
      Float32Array.from(values, () => scale * stream.normal()),
      tensor.shape,
    );
  }
  return drawn;
}

function deviation(values: Float32Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

/** The network with some tensors replaced where `replacements` has them; it owns its tensors, the caller disposes it. */
export function replaced(model: Model, names: readonly string[], replacements: Tensors): Model {
  const chosen = new Set(names);
  const pick = (tensors: Tensors): Tensors =>
    Object.fromEntries(
      Object.entries(tensors).map(([name, tensor]) => [
        name,
        tf.clone((chosen.has(name) ? replacements[name] : undefined) ?? tensor),
      ]),
    );
  return model.withState({ params: pick(model.params), buffers: pick(model.buffers) });
}

/**
 * The network with the running statistics of its batch norms set to the mean of those of a data set's batches.
 *
 * @returns A network that owns its tensors; `model` is disposed.
 */
export async function estimated(
  model: Model,
  dataset: Dataset,
  batchSize: number | undefined,
): Promise<Model> {
  const blank = tf.tidy(() => zeros(model.buffers));
  let sums = tf.tidy(() => zeros(model.buffers));
  let batches = 0;
  try {
    await forDataset('sanityCheck', dataset, { batchSize }, ({ images }) => {
      const before = sums;
      // From 0 the running statistics go to momentum · those of the batch.
      sums = tf.tidy(() => {
        const moved = model.apply({ params: model.params, buffers: blank }, images, {
          training: true,
        }).buffers;
        return named(moved, (tensor, name) => tf.add(before[name] ?? 0, tf.div(tensor, runningMomentum)));
      });
      tf.dispose(Object.values(before));
      batches++;
      return Promise.resolve();
    });
    const buffers = tf.tidy(() => named(sums, (sum) => tf.div(sum, batches)));
    const params = named(model.params, (tensor) => tf.clone(tensor));
    return model.withState({ params, buffers });
  } finally {
    tf.dispose([...Object.values(blank), ...Object.values(sums)]);
    disposeState(model);
  }
}

const zeros = (tensors: Tensors) => named(tensors, (tensor) => tf.zerosLike(tensor));

function named(tensors: Tensors, f: (tensor: Tensor, name: string) => Tensor): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, f(tensor, name)]));
}
