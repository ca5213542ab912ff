import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Dataset } from '../../data/dataset.js';
import { progress, type Progress } from '../../display/progress.js';
import { DataError } from '../../errors.js';
import { readSafetensors, writeSafetensors } from '../../models/safetensors.js';
import type { Random } from '../../random.js';

/** Some of a data set's images, and what computing something of them needs. */
export interface Part {
  /** They share the data set's memory. */
  readonly images: Dataset;
  /** This part's own stream of a stream: the same whether or not the parts before it are computed here. */
  stream(random: Random): Random;
  /** Takes how many of the part's images are done, to show it. */
  readonly onProgress: (done: number) => void;
}

export interface PartsOptions {
  /** Where parts are kept: the task's `checkpoint`. */
  readonly folder: string;
  /** What is computed, as a file's name. */
  readonly name: string;
  /** What is shown while it is computed. */
  readonly label: string;
  /** Images of a part: what a kill can lose. Default 1,024: 50 gradients of each take less than an epoch of the paper's. */
  readonly size?: number;
}

/**
 * Images of a part where an attack takes hundreds of gradients of each: the strong attack's ten runs of 100 steps on so many
 * take a quarter of an epoch of the paper's adversarial training.
 */
export const attackedTogether = 256;

/**
 * Computes numbers of a data set's images a part at a time, and keeps each part: a killed run goes on after the last one
 * that is whole, with the same numbers.
 *
 * @param compute - Arrays of a part's numbers by name, equally many of each image, image by image.
 * @returns The arrays of all images.
 */
export async function inParts<Name extends string>(
  dataset: Dataset,
  compute: (part: Part) => Promise<Record<Name, Float32Array>>,
  { folder, name, label, size = 1024 }: PartsOptions,
): Promise<Record<Name, Float32Array>> {
  const count = dataset.labels.length;
  const all: Record<string, Float32Array> = {};
  let shown: Progress | undefined;
  for (let from = 0; from < count; from += size) {
    const file = path.join(folder, `${name}-${from}`);
    const images = some(dataset, from, size);
    let part = await keptPart(file);
    if (!part) {
      shown ??= progress({ label, total: count, done: from });
      const onProgress = (done: number) => shown?.update(from + done);
      part = await compute({ images, stream: streamFrom(from), onProgress });
      await keepPart(file, part);
    }
    for (const [array, values] of Object.entries(part)) {
      const width = values.length / images.labels.length;
      (all[array] ??= new Float32Array(count * width)).set(values, from * width);
    }
  }
  shown?.finish(`${count} images`);
  // Each part has all of them.
  return all as Record<Name, Float32Array>;
}

/** What a killed run kept; undefined if it kept nothing, or its file is damaged. */
async function keptPart(file: string): Promise<Record<string, Float32Array> | undefined> {
  if (!existsSync(file)) return undefined;
  try {
    const { arrays } = await readSafetensors(file);
    return Object.fromEntries(Object.entries(arrays).map(([name, { values }]) => [name, values]));
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
}

async function keepPart(file: string, arrays: Readonly<Record<string, Float32Array>>): Promise<void> {
  const named = Object.entries(arrays).map(
    ([name, values]) => [name, { shape: [values.length], values }] as const,
  );
  await writeSafetensors(file, Object.fromEntries(named));
}

/** The first part draws from the stream itself, as it would if there were no others. */
function streamFrom(from: number): Part['stream'] {
  return (random) => (from === 0 ? random : random.fork(from));
}

function some({ images, labels, shape, classes, source }: Dataset, from: number, size: number): Dataset {
  const [height, width, channels] = shape;
  const pixels = height * width * channels;
  return {
    ...{ shape, classes, source },
    images: images.subarray(from * pixels, (from + size) * pixels),
    labels: labels.subarray(from, from + size),
  };
}
