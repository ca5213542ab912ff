import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError, checkOptions, DataError, shown } from '../errors.js';
import type { Architecture, Model, Tensors } from './model.js';
import type { StateSpec, TensorSpec } from './params.js';
import { networkFrom, networkSpec } from './network.js';
import { cifarNormalisation, type Normalisation } from './resnet.js';
import { readSafetensors, writeSafetensors, type NamedArray } from './safetensors.js';
import type { Entry, Safetensors } from './safetensorsHeader.js';

/** What a file of weights leaves open. */
export interface LoadOptions {
  /** For a file that does not name its normalisation, such as one from PyTorch; default CIFAR-10's. */
  normalise?: Normalisation;
}

/**
 * Writes a model's parameters and running statistics as a safetensors file in PyTorch's names and layouts:
 * convolutions [out, in, H, W], dense weights [out, in].
 *
 * The architecture and the normalisation go into the file's metadata. In PyTorch `scripts/pytorch_network.py` builds the
 * network again: `model = load('weights.safetensors')`. The file is complete or not there.
 *
 * @throws {ArgumentError} If the model is no network.
 * @throws {DataError} If the file cannot be written.
 * @example
 * const file = `${process.env.TMPDIR ?? '/tmp'}/roarbook-example.safetensors`;
 * await saveWeights(model, file);
 */
export async function saveWeights(model: Model, path: string): Promise<void> {
  // What comes from untyped code may be anything.
  if (!(model?.params && model.buffers) || typeof path !== 'string')
    throw new ArgumentError(
      `saveWeights: it must be given a network and a path, got ${model === null ? 'null' : typeof model} and ${typeof path}`,
    );
  const arrays: Record<string, NamedArray> = {};
  for (const [name, tensor] of Object.entries({ ...model.params, ...model.buffers })) {
    arrays[name] = await toPytorch(tensor);
  }
  await writeSafetensors(path, arrays, { architecture: JSON.stringify(model.architecture) });
}

/**
 * Reads a model from a safetensors file: one of `saveWeights`, or a PyTorch state dict of a CIFAR ResNet with basic
 * blocks and kuangliu's names (`conv1.weight`, `layer1.0.bn1.running_mean`, `linear.bias` …).
 *
 * Float16, bfloat16 and float64 become float32. `scripts/export_pytorch.py` makes one of a checkpoint, without its
 * prefixes and with its normalisation. A file of PyTorch's own names no strides: they are taken as ResNet-18's.
 *
 * @returns The model, which the caller disposes.
 * @throws {DataError} If the file is missing or damaged, or holds other tensors than the network needs, or NaN; nothing is
 * allocated for it then.
 * @example
 * const file = `${process.env.TMPDIR ?? '/tmp'}/roarbook-example.safetensors`;
 * await saveWeights(model, file);
 * const loaded = await loadWeights(file);
 */
export async function loadWeights(path: string, options: LoadOptions = {}): Promise<Model> {
  checkOptions('loadWeights', options);
  const { normalise } = options;
  let architecture: Architecture = {};
  let spec: StateSpec = { params: [], buffers: [] };
  const { arrays } = await readSafetensors(path, (file) => {
    try {
      architecture = architectureOf(file, normalise);
      spec = networkSpec(architecture);
    } catch (cause) {
      if (!(cause instanceof ArgumentError)) throw cause;
      throw new DataError(`loadWeights: ${path} must name a network of Roarbook: ${cause.message}`, {
        cause,
      });
    }
    return wanted(path, file, [...spec.params, ...spec.buffers]);
  });
  for (const [name, { values }] of Object.entries(arrays)) checkNumbers(path, name, values);
  const tensors = (specs: readonly TensorSpec[]): Tensors =>
    Object.fromEntries(specs.map(({ name }) => [name, fromPytorch(arrays[name] as NamedArray)]));
  return networkFrom(architecture, { params: tensors(spec.params), buffers: tensors(spec.buffers) });
}

/** A tensor's numbers as PyTorch lays them out. */
async function toPytorch(tensor: Tensor): Promise<NamedArray> {
  const turned = tensor.rank === 4 ? tf.transpose(tensor, [3, 2, 0, 1]) : tf.transpose(tensor);
  // Float32 tensors give Float32Arrays.
  const values = (await turned.data()) as Float32Array;
  turned.dispose();
  return { shape: turned.shape, values };
}

function fromPytorch({ shape, values }: NamedArray): Tensor {
  return tf.tidy(() => {
    const tensor = tf.tensor(values, [...shape]);
    return shape.length === 4 ? tf.transpose(tensor, [2, 3, 1, 0]) : tf.transpose(tensor);
  });
}

function pytorchShape(shape: readonly number[]): readonly number[] {
  const [height, width, inputs, outputs] = shape;
  return shape.length === 4 ? [outputs ?? 0, inputs ?? 0, height ?? 0, width ?? 0] : [...shape].reverse();
}

/** The names to read, once they are known to be what the network needs. */
function wanted(path: string, { entries }: Safetensors, specs: readonly TensorSpec[]): string[] {
  for (const { name, shape } of specs) {
    const expected = pytorchShape(shape);
    const got = entries.get(name)?.shape;
    if (got?.join() !== expected.join()) {
      const found = got ? `[${got.join(', ')}]` : 'none';
      throw new DataError(`loadWeights: ${path}: '${name}' must be [${expected.join(', ')}], got ${found}`);
    }
  }
  const names = new Set(specs.map(({ name }) => name));
  // PyTorch's batch norm counts its batches, which nothing here reads.
  const isCount = (name: string, { shape }: Entry) =>
    name.endsWith('.num_batches_tracked') && shape.length === 0;
  const [extra] = [...entries].find(([name, entry]) => !names.has(name) && !isCount(name, entry)) ?? [];
  if (extra !== undefined) {
    throw new DataError(
      `loadWeights: ${path}: the network has no '${extra}'; strip prefixes such as 'module.' first`,
    );
  }
  return [...names];
}

/** A network with NaN among its weights would call every image class 0 without a word. */
function checkNumbers(path: string, name: string, values: Float32Array): void {
  const positive = name.endsWith('.running_var');
  for (const value of values) {
    if (Number.isFinite(value) && !(positive && value < 0)) continue;
    throw new DataError(
      `loadWeights: ${path}: '${name}' must hold finite numbers${positive ? ' ≥ 0' : ''}, got ${value}; ` +
        'it is damaged, or of a training that diverged',
    );
  }
}

function architectureOf({ metadata, entries }: Safetensors, normalise?: Normalisation): Architecture {
  if (metadata['architecture'] === undefined) return inferred(entries, normalise ?? cifarNormalisation);
  let named: unknown;
  try {
    named = JSON.parse(metadata['architecture']);
  } catch {
    named = undefined;
  }
  if (typeof named !== 'object' || named === null) throw new ArgumentError('its architecture must be JSON');
  // networkSpec checks every field that it reads.
  return { ...(named as Architecture), ...normalise };
}

/** The sizes of a ResNet by its tensors' shapes; shapes do not show strides, so they are taken as ResNet-18's. */
function inferred(entries: ReadonlyMap<string, Entry>, { mean, std }: Normalisation): Architecture {
  if (!entries.has('layer1.0.conv1.weight')) {
    const names = Array.from(entries.keys()).slice(0, 3);
    throw new ArgumentError(
      `it must hold a CIFAR ResNet's tensors, such as 'layer1.0.conv1.weight', got ${shown(names)}; ` +
        'scripts/export_pytorch.py makes such a file of a checkpoint, without its prefixes',
    );
  }
  const outputs = (name: string) => entries.get(name)?.shape[0] ?? 0;
  const widths: number[] = [];
  const blocks: number[] = [];
  for (let stage = 1; entries.has(`layer${stage}.0.conv1.weight`); stage++) {
    widths.push(outputs(`layer${stage}.0.conv1.weight`));
    let count = 1;
    while (entries.has(`layer${stage}.${count}.conv1.weight`)) count++;
    blocks.push(count);
  }
  const strides = widths.map((_, stage) => (stage === 0 ? 1 : 2));
  const [stem, classes] = [outputs('conv1.weight'), outputs('linear.weight')];
  return { kind: 'resnet', stem, widths, blocks, strides, classes, mean, std };
}
