import { Worker } from 'node:worker_threads';
import type { LanguageAnswers, LanguageRequest } from './language/protocol.js';

interface Waiting {
  request: LanguageRequest;
  /** A new worker is asked again; what it hears anyway with the session's cells is not. */
  again: boolean;
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** A cell that ran, and how many of its statements were reached. */
interface RunCell {
  readonly code: string;
  readonly count: number;
  readonly reached: number;
}

/** Node's default is 48 and costs 25 MB that are never given back; reading large types takes 5 % longer with this. */
const youngMegabytes = 12;

type Operation = LanguageRequest['op'];
type Arguments<O extends Operation> = Omit<Extract<LanguageRequest, { op: O }>, 'op'>;

/** So many workers may die one after the other without an answer: then it is no use to start another. */
const mostDeaths = 3;

/** Asks the language worker; when it dies, a new one takes over and reads the session's cells again. */
export class Language {
  private worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private cells: RunCell[] = [];
  private asked = 0;
  private closed = false;
  /** Workers that died since the last answer. */
  private deaths = 0;
  /** Why no worker is left. */
  private broken: string | undefined;
  /** The worker that knows the cell that is running. */
  private converter: Worker | undefined;

  constructor(
    private readonly cwd: string,
    private readonly lost: (reason: string) => void,
  ) {
    this.worker = this.start();
  }

  ask<O extends Operation>(op: O, args: Arguments<O>): Promise<LanguageAnswers[O]> {
    if (op === 'convert') this.converter = this.worker;
    // An operation and its arguments make the request that its name stands for.
    const request = { op, ...args } as object as LanguageRequest;
    // The worker answers each operation with the type that LanguageAnswers lists.
    return this.post(request, true) as Promise<LanguageAnswers[O]>;
  }

  private post(request: LanguageRequest, again: boolean): Promise<unknown> {
    if (this.broken !== undefined) return Promise.reject(new Error(this.broken));
    return new Promise((resolve, reject) => this.send({ request, again, resolve, reject }));
  }

  private send(waiting: Waiting): void {
    const id = ++this.asked;
    this.waiting.set(id, waiting);
    this.worker.postMessage({ id, request: waiting.request });
  }

  /** Makes a cell's names known to all that is asked from now on: the worker takes its requests in order. */
  commit(cell: RunCell): void {
    this.cells.push(cell);
    // A worker that died while the cell ran has taken along what it knew of the cell.
    this.tell(cell, this.converter !== this.worker);
  }

  /** Ends the worker, whatever it is busy with; a new one takes over. */
  cancel(reason: string): void {
    void this.worker.terminate();
    this.replace(reason);
  }

  /** Forgets the names of all cells. */
  reset(): void {
    this.cells = [];
    this.post({ op: 'reset' }, false).catch(() => undefined);
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.worker.terminate();
  }

  private start(): Worker {
    const worker = new Worker(new URL('./language/worker.js', import.meta.url), {
      workerData: { cwd: this.cwd },
      resourceLimits: { maxYoungGenerationSizeMb: youngMegabytes },
    });
    worker.on('message', ({ id, answer, error }: { id: number; answer?: unknown; error?: string }) => {
      if (worker !== this.worker) return;
      this.deaths = 0;
      const waiting = this.waiting.get(id);
      this.waiting.delete(id);
      if (error === undefined) waiting?.resolve(answer);
      else waiting?.reject(new Error(error));
    });
    worker.on('error', (error) => {
      if (worker !== this.worker || this.closed) return;
      if (++this.deaths >= mostDeaths)
        this.broken = `the compiler ended ${mostDeaths} times in a row (${error.message}); restart the kernel`;
      this.replace(error.message);
    });
    return worker;
  }

  private replace(reason: string): void {
    const [busyWith, ...rest] = this.waiting.values();
    this.waiting.clear();
    const ended = new Error(this.broken ?? `the language worker ended: ${reason}`);
    busyWith?.reject(ended);
    if (this.broken !== undefined) {
      for (const { reject } of rest) reject(ended);
      return;
    }
    this.worker = this.start();
    for (const cell of this.cells) this.tell(cell, true);
    for (const waiting of rest) {
      if (waiting.again) this.send(waiting);
      if (waiting.request.op === 'convert') this.converter = this.worker;
    }
    this.lost(reason);
  }

  /** Makes a worker know a cell's names; one that has not seen the cell reads it first. */
  private tell(cell: RunCell, unseen: boolean): void {
    if (unseen) this.post({ op: 'convert', ...cell, check: false }, false).catch(() => undefined);
    this.post({ op: 'commit', ...cell }, false).catch(() => undefined);
  }
}
