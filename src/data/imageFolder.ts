import { readdir, readFile, stat } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import path from 'node:path';
import { progress } from '../display/progress.js';
import { noteUse } from '../display/session.js';
import { ArgumentError, checkOptions, DataError, shown } from '../errors.js';
import { checksum } from './checksum.js';
import { decodeImage } from './decodeImage.js';
import type { Dataset } from './dataset.js';
import { resizeArea } from './resizeArea.js';
import { turns } from './byTurns.js';

/** Which folders are classes, and the size and channels that every image gets. */
export interface ImageFolderOptions {
  /** Height and width that every image is cut and scaled to; default [32, 32]. */
  size?: readonly [height: number, width: number];
  /** 3 (default) for colour, 1 for grey. */
  channels?: 1 | 3;
  /** The folders that are classes, in the order of their labels; default all of them, by name. */
  classes?: readonly string[];
  /** What captions call it; default the folder's name. */
  name?: string;
}

/**
 * A data set of PNG and JPEG images, one folder for each class: `imageFolder('flowers/train', {size: [64, 64]})`.
 *
 * An image is cut to the middle part with the asked ratio of sides and scaled by averaging over areas. Each class's files
 * are taken in the order of their names, and the classes by turns: the first images, which attacks and figures take, hold
 * each class as often as all of them do. Other kinds of files are passed over.
 *
 * @returns Images as bytes [N, H, W, C], all in memory.
 * @throws {DataError} If the folder cannot be read, a class holds no image, or a file is damaged; the file is named.
 * @throws {ArgumentError} If an option is out of range.
 */
export async function imageFolder(folder: string, options: ImageFolderOptions = {}): Promise<Dataset> {
  checkOptions('imageFolder', options);
  const { size = [32, 32], channels = 3, name = path.basename(path.resolve(folder)) } = options;
  checkSize(size, channels);
  checkClasses(options.classes);
  const classes = options.classes ?? (await subfolders(folder));
  if (classes.length === 0)
    throw new DataError(`imageFolder: ${folder} must hold a folder of images for each class, got none`);
  const byClass = await Promise.all(classes.map((title) => imagesIn(path.join(folder, title))));
  const sorted = byClass.flatMap((names, label) => names.map((file) => ({ file, label })));
  const order = turns(Int32Array.from(sorted, ({ label }) => label));
  const files = Array.from(order, (place) => sorted[place] as (typeof sorted)[number]);
  const shape = [...size, channels] as const;
  const pixels = size[0] * size[1] * channels;
  const total = files.length * pixels;
  if (total > largest)
    throw new ArgumentError(
      `imageFolder: all images must take at most 4 GiB, got ${total} bytes; pass a smaller size or fewer classes`,
    );
  const images = new Uint8Array(total);
  const shown = progress({ label: `reading ${name}`, total: files.length });
  for (const [i, { file }] of files.entries()) {
    const image = await decodeImage(await contentOf(file), { channels, name: file });
    images.set(resizeArea(image, size), i * pixels);
    shown.update(i + 1);
    if (i % 50 === 0) await setImmediate();
  }
  shown.finish(`${files.length} images`);
  const content = { images, labels: Int32Array.from(files, ({ label }) => label), shape };
  const caption = `${name}, ${files.length.toLocaleString('en')} images at ${size[0]} × ${size[1]}`;
  const source = { name, official: null, checksum: checksum(content), caption };
  noteUse('datasets', source.checksum, { caption, checksum: source.checksum });
  return { ...content, classes, source };
}

/** What images are read into is one array. */
const largest = 2 ** 32;

async function contentOf(file: string): Promise<Buffer> {
  try {
    // A pipe would be waited for.
    if ((await stat(file)).isFile()) return await readFile(file);
  } catch (cause) {
    throw new DataError(`imageFolder: ${file} must be a file that can be read`, { cause });
  }
  throw new DataError(`imageFolder: ${file} must be a file`);
}

async function subfolders(folder: string): Promise<string[]> {
  return (await entriesOf(folder))
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map((entry) => entry.name)
    .filter((name) => !name.startsWith('.'))
    .sort();
}

async function imagesIn(folder: string): Promise<string[]> {
  const names = (await entriesOf(folder))
    .map((entry) => entry.name)
    .filter((name) => /\.(png|jpe?g)$/i.test(name) && !name.startsWith('.'))
    .sort();
  if (names.length === 0)
    throw new DataError(`imageFolder: ${folder} must hold PNG or JPEG images, got none`);
  return names.map((name) => path.join(folder, name));
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataError(`imageFolder: ${folder} must be a folder that can be read, got '${reason}'`, {
      cause,
    });
  }
}

function checkClasses(classes: ImageFolderOptions['classes']): void {
  if (classes === undefined) return;
  if (!Array.isArray(classes) || !classes.every((title) => typeof title === 'string'))
    throw new ArgumentError(`imageFolder: classes must be a list of folders' names, got ${shown(classes)}`);
  const twice = classes.find((title, label) => classes.indexOf(title) !== label);
  if (twice !== undefined)
    throw new ArgumentError(`imageFolder: classes must name each folder once, got ${shown(twice)} twice`);
}

function checkSize(size: readonly number[], channels: number): void {
  if (
    !Array.isArray(size) ||
    size.length !== 2 ||
    !size.every((side) => Number.isSafeInteger(side) && side >= 1)
  )
    throw new ArgumentError(
      `imageFolder: size must be [height, width] in pixels, got ${JSON.stringify(size)}`,
    );
  if (channels !== 1 && channels !== 3)
    throw new ArgumentError(`imageFolder: channels must be 1 or 3, got ${String(channels)}`);
}
