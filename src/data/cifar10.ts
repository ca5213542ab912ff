import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { interruptSignal } from '../display/interrupt.js';
import { noteUse } from '../display/session.js';
import { ArgumentError, checkOptions, DataError, RoarbookError } from '../errors.js';
import { checksum, combineChecksums } from './checksum.js';
import { cifarClasses, cifarFolder, findBatchFiles, readRecords } from './cifarFiles.js';
import type { Records } from './cifarFiles.js';
import type { Dataset, DataSource, SourcedTrainTest } from './dataset.js';
import { download } from './download.js';
import type { Archive } from './download.js';
import { ownPartName, removeLeftovers } from './partialFiles.js';
import { unpack } from './tar.js';

/** Where the files of CIFAR-10 come from, and how many of their images are taken. */
export interface Cifar10Options {
  /**
   * The folder that holds the binary batches, or the one that holds `cifar-10-batches-bin`. Default: the environment
   * variable ROARBOOK_DATA, else the cache, into which the official files are downloaded if they are not there.
   */
  dir?: string;
  /** Where a download is kept; default $XDG_CACHE_HOME/roarbook, or ~/.cache/roarbook. */
  cache?: string;
  /** False: what is not there is not downloaded but an error; default true. */
  download?: boolean;
  /** Stops a download, which the next call resumes; default: the user's Stop or Ctrl-C. */
  signal?: AbortSignal;
  /** Takes the first `train` training images; default all. */
  train?: number;
  /** Takes the first `test` test images; default all. */
  test?: number;
  /** Said in the caption of files that are not the official ones: 'JPEG-decoded'; default nothing. */
  note?: string;
  /** What is downloaded; default the official archive. A mirror must serve the same layout. */
  archive?: Archive;
}

/** The official archive: 50,000 training and 10,000 test images. */
export const officialArchive: Archive = {
  url: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
  bytes: 170_052_171,
  md5: 'c32a1d4ab5d03f1284b67883e8d87530',
};

const remedy =
  'fetch and unpack cifar-10-binary.tar.gz yourself and pass its folder: --data DIR, ROARBOOK_DATA or dir';

/**
 * CIFAR-10: 32×32 colour images of 10 classes, as bytes [N, 32, 32, 3] in the official order.
 *
 * Every file is read and checked, also those that a limit leaves out. `source.official` is true only if each of them is
 * the published file by SHA-1; other files of the same layout, with any number of whole records, are accepted and the
 * caption says so.
 *
 * @throws {DataError} If a file is missing or damaged, or the download fails; the message says what to do.
 * @throws {InterruptedError} If the user stops the download.
 * @see Krizhevsky 2009, Learning multiple layers of features from tiny images; https://www.cs.toronto.edu/~kriz/cifar.html
 */
export async function cifar10(options: Cifar10Options = {}): Promise<SourcedTrainTest> {
  checkOptions('cifar10', options);
  for (const name of ['train', 'test'] as const) {
    const limit = options[name] ?? 1;
    if (!Number.isInteger(limit) || limit < 1)
      throw new ArgumentError(`cifar10: ${name} must be a positive integer, got ${limit}`);
  }
  const files = await findBatchFiles(await locate(options));
  const train = await readRecords(files.train, options.train);
  const test = await readRecords([files.test], options.test);
  const official = train.official && test.official;
  const remark = official
    ? ''
    : [', not the official files by checksum', options.note].filter(Boolean).join(', ');
  const describe = (phrase: string, sum: string): DataSource => ({
    name: 'CIFAR-10',
    official,
    checksum: sum,
    caption: `CIFAR-10, ${phrase} images${remark}`,
  });
  const counted = {
    train: `${count(train, options.train)} training`,
    test: `${count(test, options.test)} test`,
  };
  const dataset = (records: Records, phrase: string): Dataset => {
    const data = { images: records.images, labels: records.labels, shape: [32, 32, 3] as const };
    return { ...data, classes: cifarClasses, source: describe(phrase, checksum(data)) };
  };
  const sets = { train: dataset(train, counted.train), test: dataset(test, counted.test) };
  const sum = combineChecksums(sets.train.source.checksum, sets.test.source.checksum);
  const source = describe(`${counted.train} and ${counted.test}`, sum);
  noteUse('datasets', sum, { caption: source.caption, checksum: sum });
  return { ...sets, source };
}

function count({ labels }: Records, limit: number | undefined): string {
  return `${limit === undefined ? '' : 'first '}${labels.length.toLocaleString('en')}`;
}

/** The folder to read: what the user named, or the cache, filled if need be. */
async function locate(options: Cifar10Options): Promise<string> {
  const { dir, cache, signal, archive = officialArchive } = options;
  const named = dir ?? process.env['ROARBOOK_DATA'];
  if (named) return named;
  const root = cache ?? join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'roarbook');
  const folder = join(root, cifarFolder);
  if (await exists(folder)) return folder;
  if (options.download === false)
    throw new DataError(`cifar10: ${folder} must be there, got nothing; ${remedy}`);
  try {
    await download(archive, root, {
      name: 'cifar10',
      remedy,
      signal: signal ?? interruptSignal(),
      install: (path) => install(path, root),
    });
    await removeLeftovers(cifarFolder, root);
  } catch (error) {
    if (error instanceof RoarbookError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(
      `cifar10: ${root} must be writable and have 400 MB free, got ${reason}; choose another folder with ` +
        `XDG_CACHE_HOME, or ${remedy}`,
      { cause: error },
    );
  }
  return folder;
}

/** Unpacks beside the final folder and renames, so that the folder is whole whenever it is there. */
async function install(path: string, root: string): Promise<void> {
  const folder = join(root, cifarFolder);
  const draft = join(root, ownPartName(cifarFolder));
  await mkdir(draft);
  try {
    const keep = new RegExp(`^(\\./)?${cifarFolder}/((data_batch_\\d+|test_batch)\\.bin|readme\\.html)$`);
    await unpack(path, draft, { keep, name: 'cifar10' });
    await findBatchFiles(draft);
    await rename(draft, folder).catch(async (error: unknown) => {
      // Another process was faster: its folder is as good.
      if (!(await exists(folder))) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
