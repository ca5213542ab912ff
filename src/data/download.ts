import { createHash } from 'node:crypto';
import { createReadStream, ftruncateSync, writeSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { get as getHttp } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { get as getHttps } from 'node:https';
import { join } from 'node:path';
import { progress } from '../display/progress.js';
import { DataError, InterruptedError } from '../errors.js';
import { claim, lengthOf, removeLeftovers } from './partialFiles.js';

/** A file on the web that is known in advance. */
export interface Archive {
  /** http or https. */
  url: string;
  /** Its exact length. */
  bytes: number;
  /** MD5 in hexadecimal. */
  md5: string;
}

export interface DownloadOptions {
  /** Whose error it is: 'cifar10'. */
  name: string;
  /** What to do where the network does not help. */
  remedy: string;
  /** Stops the download; what has arrived is kept for the next call. */
  signal: AbortSignal;
  /** Takes what it needs from the whole, checked file, which is deleted afterwards. */
  install(path: string): Promise<void>;
}

/** Seconds without a byte after which a connection counts as broken. */
const patience = 30;

/**
 * Downloads a file, resuming what an earlier call or a killed process left, and checks it by MD5.
 *
 * Each call owns its partial file, named after host, process and a counter; it is claimed and given back by renaming,
 * so that two processes never write to one file.
 *
 * @param folder - Made if missing; holds the partial file.
 * @throws {DataError} If the server cannot be reached or answers wrongly, or the MD5 differs.
 * @throws {InterruptedError} If the signal aborts.
 */
export async function download(archive: Archive, folder: string, options: DownloadOptions): Promise<void> {
  await mkdir(folder, { recursive: true });
  const path = await claim(base(archive), folder);
  try {
    await fetchChecked(archive, path, options);
    await options.install(path).catch(async (error: unknown) => {
      // Its content is at fault, unlike a full disk: fetching it again may help, keeping it cannot.
      if (error instanceof DataError) await rm(path);
      throw error;
    });
    await rm(path);
    await removeLeftovers(base(archive), folder);
  } catch (error) {
    if ((await lengthOf(path)) === 0) await rm(path, { force: true });
    else await rename(path, join(folder, `${base(archive)}.part`));
    throw error;
  }
}

async function fetchChecked(archive: Archive, path: string, options: DownloadOptions): Promise<void> {
  const resumed = (await lengthOf(path)) > 0;
  await fill(archive, path, options);
  let got = await md5(path);
  if (got !== archive.md5 && resumed) {
    // The partial file was damaged, or of another version: once more, from the beginning.
    await rm(path);
    await fill(archive, path, options);
    got = await md5(path);
  }
  if (got === archive.md5) return;
  await rm(path);
  throw new DataError(
    `${options.name}: ${archive.url} must have md5 ${archive.md5}, got ${got}; it was deleted, ` +
      `run again or ${options.remedy}`,
  );
}

function base(archive: Archive): string {
  return new URL(archive.url).pathname.split('/').pop() || 'download';
}

async function md5(path: string): Promise<string> {
  const hash = createHash('md5');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Appends until the file has its length; a broken connection is taken up again as long as each one brings something. */
async function fill(archive: Archive, path: string, options: DownloadOptions): Promise<void> {
  const { name, remedy, signal } = options;
  const size = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  const before = await lengthOf(path);
  const bar = progress({
    label: `${name}: download`,
    total: Math.max(0, archive.bytes - before) / 1e6,
    unit: 'MB',
  });
  let have = before;
  while (have < archive.bytes) {
    const failure = await append(archive, path, {
      signal,
      onBytes: (length) => bar.update((length - before) / 1e6, { have: size(length) }),
    });
    const now = await lengthOf(path);
    if (signal.aborted) {
      bar.finish(`stopped at ${size(now)}`);
      throw new InterruptedError(`${name}: the download was stopped at ${size(now)}; run again to resume`);
    }
    if (now <= have) {
      bar.finish(`failed at ${size(now)}`);
      throw new DataError(
        `${name}: ${archive.url} must be reachable, got ${failure?.message ?? 'nothing new'} at ${size(now)} of ` +
          `${size(archive.bytes)}; run again to resume, or ${remedy}`,
        { cause: failure },
      );
    }
    have = now;
  }
  bar.finish(size(have));
}

/** One connection: appends what it brings. Returns why it ended early; throws if the file cannot be written. */
async function append(
  archive: Archive,
  path: string,
  { signal, onBytes }: { signal: AbortSignal; onBytes: (length: number) => void },
): Promise<Error | undefined> {
  const file = await open(path, 'a');
  try {
    let length = (await file.stat()).size;
    const response = await request(archive.url, length, signal).catch((error: Error) => error);
    if (response instanceof Error) return response;
    // Nothing is awaited from here to the listeners: a stream that breaks in between would go unheard.
    if (response.statusCode !== 206 || !startsAt(response, length)) {
      // A server that knows no ranges sends the whole file again; one whose file is shorter than ours (416) nothing.
      ftruncateSync(file.fd);
      length = 0;
    }
    if (response.statusCode === 416) return new Error('HTTP status 416');
    const failure = await copy(response, file, { length, limit: archive.bytes, onBytes });
    // A full disk is not the network's fault.
    if (failure && 'syscall' in failure && failure.syscall === 'write') throw failure;
    return failure;
  } finally {
    await file.close();
  }
}

// Written synchronously as it arrives: a stream that breaks drops what it has buffered.
function copy(
  response: IncomingMessage,
  file: FileHandle,
  { length, limit, onBytes }: { length: number; limit: number; onBytes: (length: number) => void },
): Promise<Error | undefined> {
  return new Promise((resolve) => {
    response.on('data', (chunk: Buffer) => {
      try {
        writeSync(file.fd, chunk);
      } catch (error) {
        response.destroy(error as Error);
        return;
      }
      length += chunk.length;
      onBytes(length);
      // A file longer than it can be fails its checksum: no need to fetch the rest.
      if (length > limit) response.destroy();
    });
    response.on('error', resolve);
    response.on('close', () => resolve(length < limit ? new Error('an early end') : undefined));
  });
}

function startsAt(response: IncomingMessage, start: number): boolean {
  return response.headers['content-range']?.startsWith(`bytes ${start}-`) ?? false;
}

/** Sends one request and follows redirects; rejects unless the answer is 200, 206 or 416. */
async function request(url: string, start: number, signal: AbortSignal): Promise<IncomingMessage> {
  let target = new URL(url);
  for (let redirects = 0; redirects <= 5; redirects++) {
    const response = await once(target, start, signal);
    const status = response.statusCode ?? 0;
    if (status === 200 || status === 206) return response;
    response.destroy();
    if (status === 416) return response;
    if (status < 300 || status > 399 || !response.headers.location) throw new Error(`HTTP status ${status}`);
    target = new URL(response.headers.location, target);
  }
  throw new Error('more than 5 redirects');
}

// Node's fetch would unpack a body that the server marks as gzip; the archive must arrive as it is.
function once(url: URL, start: number, signal: AbortSignal): Promise<IncomingMessage> {
  const get = url.protocol === 'https:' ? getHttps : getHttp;
  const headers = start > 0 ? { range: `bytes=${start}-` } : {};
  return new Promise((resolve, reject) => {
    const sent = get(url, { headers, signal }, resolve);
    sent.setTimeout(patience * 1000, () => sent.destroy(new Error(`nothing for ${patience} s`)));
    sent.on('error', reject);
  });
}
