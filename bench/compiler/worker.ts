import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Cell } from './cells.js';

export interface Contestant {
  readonly name: string;
  readonly command: readonly string[];
}

export interface Time {
  readonly milliseconds: number;
  /** Milliseconds of processor time over all threads: what a busy machine changes least. */
  readonly processor: number;
}

/** A contestant's process, which does one work at a time and waits without using a processor. */
export class Worker {
  readonly name: string;
  readonly version: Promise<string>;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor({ name, command }: Contestant) {
    this.name = name;
    const [program = '', ...args] = command;
    const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' };
    this.#child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
    if (!this.#child.stdout) throw new Error(`${name} must have an output`);
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.version = this.#read().then(({ version }) => String(version));
  }

  /** The work's time, or why it cannot be done. */
  async time(cell: Cell): Promise<Time | { error: string }> {
    this.#child.stdin?.write(`${JSON.stringify(cell)}\n`);
    const { milliseconds, processor, error } = await this.#read();
    if (error !== undefined) return { error: String(error) };
    return { milliseconds: Number(milliseconds), processor: Number(processor) };
  }

  end(): void {
    this.#child.stdin?.end();
  }

  async #read(): Promise<Record<string, unknown>> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`${this.name} ended early`);
    // The workers write these lines.
    return JSON.parse(value as string) as Record<string, unknown>;
  }
}
