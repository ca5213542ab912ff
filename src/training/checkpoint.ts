import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError, DataError } from '../errors.js';
import type { Tensors } from '../models/model.js';
import { exists, readSafetensors, writeSafetensors, type NamedArray } from '../models/safetensors.js';
import type { EpochResult } from './options.js';
import type { TrainState } from './step.js';

/** Everything that makes a training what it is, as plain JSON: another one may not go on from its checkpoint. */
export type Identity = Readonly<Record<string, unknown>>;

/** How far a training has come. */
export interface Position {
  /** Finished epochs. */
  readonly epoch: number;
  /** Steps taken in the epoch after those. */
  readonly batch: number;
  /** Sums over those steps: of losses times images, of correct images, of images. */
  readonly loss: number;
  readonly correct: number;
  readonly images: number;
  readonly history: readonly EpochResult[];
}

export interface CheckpointOptions {
  /** The public function, for messages. */
  name: string;
  path: string;
  identity: Identity;
}

type Moving = Pick<TrainState, 'params' | 'buffers' | 'momentum'>;
const parts = ['params', 'buffers', 'momentum'] as const;

/** Writes the state that moves, the position and whose they are; the file is whole or the one before stays. */
export async function writeCheckpoint(
  state: Moving,
  position: Position,
  options: CheckpointOptions,
): Promise<void> {
  const { path, identity } = options;
  const arrays: Record<string, NamedArray> = {};
  for (const [name, tensor] of flat(state)) {
    // Float32 tensors give Float32Arrays.
    arrays[name] = { shape: tensor.shape, values: (await tensor.data()) as Float32Array };
  }
  await writeSafetensors(path, arrays, {
    identity: JSON.stringify(identity),
    position: JSON.stringify(position),
  });
}

/** Makes the folder, so that a path that cannot be written is known before the first epoch. */
export async function prepareCheckpoint({ name, path }: CheckpointOptions): Promise<void> {
  await mkdir(dirname(path), { recursive: true }).catch((cause: Error) => {
    throw new DataError(
      `${name}: the checkpoint's folder must be writable, got '${cause.message}'; pass another path`,
      { cause },
    );
  });
}

/**
 * Reads a checkpoint back, or nothing if there is no file.
 *
 * @param like - A state with the tensors that the checkpoint must hold; it is left as it is.
 * @returns New tensors, which the caller disposes.
 * @throws {DataError} If the file is damaged.
 * @throws {ArgumentError} If another training wrote it; the message names what differs.
 */
export async function readCheckpoint(
  like: Moving,
  { name, path, identity }: CheckpointOptions,
): Promise<{ state: Moving; position: Position } | undefined> {
  if (!(await exists(path))) return undefined;
  const { metadata, arrays } = await read(name, path);
  const theirs = json(metadata['identity']);
  if (!theirs) throw new DataError(`${name}: ${path} must be a checkpoint; pass another path`);
  const difference = firstDifference(theirs, identity);
  if (difference !== undefined) {
    throw new ArgumentError(
      `${name}: the checkpoint ${path} must come from the same training, got ${difference}; ` +
        'pass another path or delete the file',
    );
  }
  const restore = (part: keyof Moving) => restored(part, like[part], arrays);
  const state = { params: restore('params'), buffers: restore('buffers'), momentum: restore('momentum') };
  // Written by writeCheckpoint, under a checksum that was verified.
  return { state, position: JSON.parse(metadata['position'] ?? '') as Position };
}

/** SHA-256 over tensors' names and numbers, in hexadecimal. */
export async function fingerprint(tensors: Tensors): Promise<string> {
  const sum = createHash('sha256');
  for (const [name, tensor] of Object.entries(tensors)) {
    sum.update(name);
    sum.update(await tensor.data());
  }
  return sum.digest('hex');
}

async function read(name: string, path: string): ReturnType<typeof readSafetensors> {
  try {
    return await readSafetensors(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataError(`${name}: the checkpoint must be whole; delete it to start over (${reason})`, {
      cause,
    });
  }
}

function restored(part: string, like: Tensors, arrays: Readonly<Record<string, NamedArray>>): Tensors {
  const tensors: Record<string, Tensor> = {};
  for (const name of Object.keys(like)) {
    const array = arrays[`${part}/${name}`];
    // The identity, which agrees, holds the architecture and with it all names and shapes.
    if (!array) throw new TypeError(`readCheckpoint: '${part}/${name}' is missing`);
    tensors[name] = tf.tensor(array.values, [...array.shape]);
  }
  return tensors;
}

function flat(state: Moving): [string, Tensor][] {
  return parts.flatMap((part) =>
    Object.entries(state[part]).map(([name, tensor]): [string, Tensor] => [`${part}/${name}`, tensor]),
  );
}

function firstDifference(theirs: Identity, ours: Identity): string | undefined {
  for (const key of new Set([...Object.keys(theirs), ...Object.keys(ours)])) {
    const [there, here] = [JSON.stringify(theirs[key]), JSON.stringify(ours[key])];
    if (there !== here) return `${key} ${there ?? 'none'} there and ${here ?? 'none'} here`;
  }
  return undefined;
}

function json(text: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text ?? 'null');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
