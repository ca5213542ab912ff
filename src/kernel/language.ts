import { Worker } from 'node:worker_threads';
import type { LanguageAnswers, LanguageRequest } from './language/protocol.js';

interface Waiting {
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

/** Asks the language worker; when it dies, a new one takes over and reads the session's cells again. */
export class Language {
  private worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private cells: RunCell[] = [];
  private asked = 0;
  private closed = false;

  constructor(
    private readonly cwd: string,
    private readonly lost: (reason: string) => void,
  ) {
    this.worker = this.start();
  }

  ask<O extends Operation>(op: O, args: Arguments<O>): Promise<LanguageAnswers[O]> {
    const id = ++this.asked;
    return new Promise((resolve, reject) => {
      // The worker answers each operation with the type that LanguageAnswers lists.
      this.waiting.set(id, { resolve: (answer) => resolve(answer as LanguageAnswers[O]), reject });
      this.worker.postMessage({ id, request: { op, ...args } });
    });
  }

  /** Makes a cell's names known to all that is asked from now on: the worker takes its requests in order. */
  commit(cell: RunCell): void {
    this.cells.push(cell);
    this.ask('commit', cell).catch(() => undefined);
  }

  /** Forgets the names of all cells. */
  reset(): void {
    this.cells = [];
    this.ask('reset', {}).catch(() => undefined);
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
      const waiting = this.waiting.get(id);
      this.waiting.delete(id);
      if (error === undefined) waiting?.resolve(answer);
      else waiting?.reject(new Error(error));
    });
    worker.on('error', (error) => this.restart(error.message));
    return worker;
  }

  private restart(reason: string): void {
    if (this.closed) return;
    for (const { reject } of this.waiting.values()) reject(new Error(`the language worker ended: ${reason}`));
    this.waiting.clear();
    this.worker = this.start();
    for (const cell of this.cells) {
      this.ask('convert', { ...cell, check: false }).catch(() => undefined);
      this.ask('commit', cell).catch(() => undefined);
    }
    this.lost(reason);
  }
}
