import { writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import { encodeFrame } from '../frames.js';
import { uncut } from './force.js';
import { reportsFd, type Report } from './protocol.js';

const pause = new Int32Array(new SharedArrayBuffer(4));

/** Writes all bytes to a descriptor, waiting where the reader is slower: nothing is dropped and nothing piles up here. */
function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}

/** Sends one report to the kernel before the caller goes on. */
export function report(head: Report, parts: readonly Uint8Array[] = []): void {
  const frame = encodeFrame(head, parts);
  uncut(() => writeAll(reportsFd, frame));
}

/** Writes text past the reports to the process's own output, as native code does. */
export function writeRaw(fd: 1 | 2, text: string): void {
  uncut(() => writeAll(fd, Buffer.from(text)));
}

/** Stands for process.stdout or process.stderr: what is written is sent at once, in order with displays. */
export class NotebookStream extends Writable {
  readonly isTTY = false;
  readonly fd: 1 | 2;

  constructor(private readonly stream: 'stdout' | 'stderr') {
    super({ decodeStrings: true });
    this.fd = stream === 'stdout' ? 1 : 2;
  }

  /**
   * Sends at once and keeps no state: a write that Stop cuts short must not block the next one, as it would in the
   * machinery of a stream.
   */
  override write(chunk: unknown, encoding?: unknown, done?: unknown): boolean {
    const bytes =
      typeof chunk === 'string'
        ? Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
        : Buffer.from(chunk as Uint8Array);
    if (bytes.length > 0) report({ t: 'out', name: this.stream }, [bytes]);
    const callback = typeof encoding === 'function' ? encoding : done;
    if (typeof callback === 'function') process.nextTick(callback as () => void);
    return true;
  }
}

/** Puts the notebook's streams in the place of the process's own. */
export function replaceStreams(): void {
  for (const name of ['stdout', 'stderr'] as const)
    Object.defineProperty(process, name, { value: new NotebookStream(name), configurable: true });
}
