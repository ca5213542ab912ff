import { createHash } from 'node:crypto';
import { readFile, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DataError } from '../errors.js';

/** Classes of CIFAR-10 in the order of their labels. */
export const cifarClasses = [
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
] as const;

/**
 * SHA-1 of the files in the official cifar-10-binary.tar.gz.
 *
 * @see The checksums with which Apache MXNet's gluon.data.vision.CIFAR10 checks the same files.
 */
export const officialFiles: Readonly<Record<string, string>> = {
  'data_batch_1.bin': 'aadd24acce27caa71bf4b10992e9e7b2d74c2540',
  'data_batch_2.bin': 'c0ba65cce70568cd57b4e03e9ac8d2a5367c1795',
  'data_batch_3.bin': '1dd00a74ab1d17a6e7d73e185b69dbf31242f295',
  'data_batch_4.bin': 'aab85764eb3584312d3c7f65fd2fd016e36a258e',
  'data_batch_5.bin': '26e2849e66a845b7f1e4614ae70f4889ae604628',
  'test_batch.bin': '67eb016db431130d61cd03c7ad570b013799c88c',
};

/** The folder's name inside the official archive. */
export const cifarFolder = 'cifar-10-batches-bin';

const side = 32;
const pixels = side * side;
const record = 1 + 3 * pixels;

/** One file's images, or the first of several files'. */
export interface Records {
  /** [N, 32, 32, 3]. */
  readonly images: Uint8Array;
  /** [N]. */
  readonly labels: Int32Array;
  /** Whether every file read is the published one by SHA-1. */
  readonly official: boolean;
}

/** The batch files of a folder in the official binary layout. */
export interface BatchFiles {
  readonly train: readonly string[];
  readonly test: string;
}

/**
 * Finds the batch files in a folder, or in `cifar-10-batches-bin` inside it.
 *
 * @throws {DataError} If there is no such folder, no data_batch_N.bin, or no test_batch.bin.
 */
export async function findBatchFiles(folder: string): Promise<BatchFiles> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    throw new DataError(
      `cifar10: the folder must exist, got ${folder} (${error.code ?? error.message}); ` +
        'pass the folder that holds data_batch_1.bin',
      { cause: error },
    );
  });
  const train = names.filter((name) => /^data_batch_\d+\.bin$/.test(name)).sort(byNumber);
  const hasTest = names.includes('test_batch.bin');
  if (train.length === 0 && !hasTest && names.includes(cifarFolder))
    return findBatchFiles(join(folder, cifarFolder));
  if (train.length === 0 || !hasTest) {
    const missing = train.length === 0 ? 'data_batch_N.bin' : 'test_batch.bin';
    throw new DataError(
      `cifar10: a folder must hold at least one data_batch_N.bin and test_batch.bin, got no ${missing} in ` +
        `${folder}; download the binary version again`,
    );
  }
  return { train: train.map((name) => join(folder, name)), test: join(folder, 'test_batch.bin') };
}

/**
 * Reads and checks whole files, and returns their first `limit` images; the bytes of each image go from CHW to HWC.
 *
 * @throws {DataError} If a file cannot be read, is empty or ends inside a record, or a label is above 9.
 */
export async function readRecords(files: readonly string[], limit = Infinity): Promise<Records> {
  const counts = await Promise.all(files.map(countRecords));
  const total = Math.min(
    limit,
    counts.reduce((sum, count) => sum + count, 0),
  );
  const images = new Uint8Array(total * 3 * pixels);
  const labels = new Int32Array(total);
  let official = true;
  let done = 0;
  for (const file of files) {
    const bytes = await readFile(file).catch(unreadable(file));
    checkLength(file, bytes.length);
    checkLabels(file, bytes);
    official &&= createHash('sha1').update(bytes).digest('hex') === officialFiles[basename(file)];
    const count = Math.min(total - done, bytes.length / record);
    for (let i = 0; i < count; i++, done++) {
      labels[done] = bytes[i * record] ?? 0;
      interleave(bytes, i * record + 1, images.subarray(done * 3 * pixels, (done + 1) * 3 * pixels));
    }
  }
  return { images, labels, official };
}

async function countRecords(file: string): Promise<number> {
  const about = await stat(file).catch(unreadable(file));
  if (!about.isFile())
    throw new DataError(`cifar10: ${basename(file)} must be a file, got something else; look at ${file}`);
  checkLength(file, about.size);
  return about.size / record;
}

/** No permission, or a link that leads nowhere. */
function unreadable(file: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    throw new DataError(
      `cifar10: ${basename(file)} must be readable, got ${error.code ?? error.message}; ` +
        `look at its permissions, or at where it links to (${file})`,
      { cause: error },
    );
  };
}

function checkLength(file: string, size: number): void {
  if (size > 0 && size % record === 0) return;
  throw new DataError(
    `cifar10: ${basename(file)} must hold whole records of ${record} bytes, got ${size} bytes; ` +
      `download it again (${file})`,
  );
}

function checkLabels(file: string, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += record) {
    const label = bytes[at] ?? 0;
    if (label < cifarClasses.length) continue;
    throw new DataError(
      `cifar10: labels in ${basename(file)} must be 0…9, got ${label} in record ${at / record}; ` +
        `download it again (${file})`,
    );
  }
}

function interleave(bytes: Uint8Array, start: number, image: Uint8Array): void {
  for (let i = 0, at = start; i < image.length; i += 3, at++) {
    image[i] = bytes[at] ?? 0;
    image[i + 1] = bytes[at + pixels] ?? 0;
    image[i + 2] = bytes[at + 2 * pixels] ?? 0;
  }
}

function byNumber(a: string, b: string): number {
  return parseInt(a.slice(11), 10) - parseInt(b.slice(11), 10);
}
