import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { noteUse } from '../display/session.js';
import { ArgumentError, checkOptions, DataError } from '../errors.js';
import { checkDataset, checkRange } from './checkDataset.js';
import { checksum } from './checksum.js';
import type { Dataset } from './dataset.js';
import { layoutOf, type NpyArray, parseNpy, readNpy } from './npy.js';
import { openZip } from './zip.js';

/** Which arrays hold images and labels, and how they are laid out. */
export interface NumpyDatasetOptions {
  /** An .npz file; without it, `images` and `labels` are .npy files of their own. */
  file?: string;
  /** Images [N, H, W, C] or [N, H, W]: bytes 0…255, or floats in [0, 1]. The name in `file`, or a path. */
  images: string;
  /** Classes [N], integers from 0. The name in `file`, or a path. */
  labels: string;
  /** 'NHWC' (default), or PyTorch's 'NCHW', which is turned round. */
  layout?: 'NHWC' | 'NCHW';
  /** Names of the K classes; default 'class 0' … up to the largest label. */
  classes?: readonly string[];
  /** What captions call it; default the file's name without its folders. */
  name?: string;
}

/**
 * Images and labels that NumPy saved: `numpyDataset({file: 'digits.npz', images: 'x_train', labels: 'y_train'})`.
 *
 * They keep their order; where that is one class after the other, `byTurns` mixes them.
 *
 * @throws {DataError} If a file cannot be read or holds something else; the message says what it holds.
 * @throws {ArgumentError} If arrays do not fit each other, a float leaves [0, 1], or a label has no class.
 */
export async function numpyDataset(options: NumpyDatasetOptions): Promise<Dataset> {
  checkOptions('numpyDataset', options);
  const { file, layout = 'NHWC', name = path.basename(file ?? options.images) } = options;
  if (layout !== 'NHWC' && layout !== 'NCHW')
    throw new ArgumentError(`numpyDataset: layout must be 'NHWC' or 'NCHW', got ${String(layout)}`);
  const read = file === undefined ? readArray : await archive(file);
  const { data, shape } = await read('images', options.images);
  const labels = classesOf(await read('labels', options.labels));
  const size = imageShape(shape, layout);
  const images = layout === 'NCHW' ? channelsLast(pixels(data), size) : pixels(data);
  const classes = options.classes ?? defaultClasses(labels);
  const content = { images, labels, shape: size };
  const caption = `${name}, ${labels.length.toLocaleString('en')} images`;
  const source = { name, official: null, checksum: checksum(content), caption };
  const dataset: Dataset = { ...content, classes, source };
  checkDataset('numpyDataset', dataset);
  checkRange('numpyDataset', dataset);
  const unknown = labels.find((label) => label >= classes.length);
  if (unknown !== undefined)
    throw new ArgumentError(
      `numpyDataset: labels must be below the number of classes, ${classes.length}, got ${unknown}`,
    );
  noteUse('datasets', source.checksum, { caption, checksum: source.checksum });
  return dataset;
}

/** Reads one array, which is the `option` of that name. */
type ReadArray = (option: 'images' | 'labels', name: string) => Promise<NpyArray> | NpyArray;

const readArray: ReadArray = (_, path) => readNpy(path);

/** @throws {DataError} If the file is no .npz, or lacks an array that is asked for. */
async function archive(file: string): Promise<ReadArray> {
  const bytes = await contentOf(file);
  const whole = (cause: unknown): never => {
    if (cause instanceof DataError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataError(
      `numpyDataset: ${file} must be a whole .npz file that numpy.savez wrote, got '${reason}'`,
      { cause },
    );
  };
  const members = await openZip(bytes).catch(whole);
  return async (option, name) => {
    const unpack = members.get(`${name}.npy`);
    if (unpack) {
      const array = `${name} of ${file}`;
      const check = (head: Buffer, size: number) => void layoutOf(head, { name: array, size });
      return parseNpy(await unpack(check).catch(whole), array);
    }
    const names = [...members.keys()].map((entry) => entry.replace(/\.npy$/, ''));
    if (names.length > 20) names.splice(20, Infinity, `… ${names.length} in all`);
    throw new DataError(
      `numpyDataset: ${option} must name an array of ${file}, which holds ${names.join(', ')}; got '${name}'`,
    );
  };
}

async function contentOf(path: string): Promise<Buffer> {
  try {
    // A pipe would be waited for.
    if (!(await stat(path)).isFile()) throw new TypeError('no file');
    return await readFile(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataError(`numpyDataset: ${path} must be a file that can be read, got '${reason}'`, { cause });
  }
}

/** H, W, C of arrays [N, H, W], [N, H, W, C] or [N, C, H, W]. */
function imageShape(shape: readonly number[], layout: 'NHWC' | 'NCHW'): [number, number, number] {
  const [, a = 0, b = 0, c = 1] = shape;
  const size: [number, number, number] = layout === 'NCHW' && shape.length === 4 ? [b, c, a] : [a, b, c];
  const channels = size[2];
  if ((shape.length === 3 || shape.length === 4) && (channels === 1 || channels === 3)) return size;
  const hint = a === 1 || a === 3 ? "; for PyTorch's order say layout: 'NCHW'" : '';
  throw new ArgumentError(
    `numpyDataset: images must be [N, H, W] or [N, H, W, C] with 1 or 3 channels, got [${shape.join(', ')}]${hint}`,
  );
}

function pixels(data: NpyArray['data']): Uint8Array | Float32Array {
  if (data instanceof Uint8Array || data instanceof Float32Array) return data;
  if (data instanceof Float64Array) return Float32Array.from(data);
  throw new ArgumentError(
    `numpyDataset: images must be bytes or floats, got ${data.constructor.name}; save them with astype('uint8')`,
  );
}

function channelsLast<T extends Uint8Array | Float32Array>(
  data: T,
  [height, width, channels]: readonly [number, number, number],
): T {
  const turned = data.slice() as T;
  const plane = height * width;
  for (let i = 0; i < data.length; i++) {
    const [image, rest] = [Math.floor(i / (plane * channels)), i % (plane * channels)];
    const [channel, pixel] = [Math.floor(rest / plane), rest % plane];
    turned[(image * plane + pixel) * channels + channel] = data[i] ?? 0;
  }
  return turned;
}

/** [N] or [N, 1] integers; floats that are whole numbers will do. */
function classesOf({ shape, data }: NpyArray): Int32Array {
  const flat = shape.length === 1 || (shape.length === 2 && shape[1] === 1);
  const labels = Int32Array.from(data as ArrayLike<number>, Number);
  if (flat && Array.from(data as ArrayLike<number>, Number).every((label, i) => label === labels[i]))
    return labels;
  throw new ArgumentError(
    `numpyDataset: labels must be integers [N], got ${data.constructor.name} [${shape.join(', ')}]`,
  );
}

/** As many as a network's outputs. */
const mostClasses = 2 ** 16;

function defaultClasses(labels: Int32Array): string[] {
  const count = labels.reduce((most, label) => Math.max(most, label + 1), 0);
  if (count > mostClasses)
    throw new ArgumentError(
      `numpyDataset: labels must be below ${mostClasses}, got ${count - 1}; number the classes 0, 1, 2 …`,
    );
  return Array.from({ length: count }, (_, label) => `class ${label}`);
}
