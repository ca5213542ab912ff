import { randomUUID } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { DataError } from '../errors.js';
import { acquire, isHeld } from './lock.js';
import { isWhole, manifestName, manifestText, mergedFolder, resultFolder } from './result.js';
import { storeFolder } from './storeFolder.js';
import { keyOf } from './task.js';
import type { Surroundings, Task } from './task.js';
import { noteTime, timeOf } from './times.js';

/** What computing a task is given: where to write, and where its inputs lie. */
export interface Work {
  readonly task: Task;
  /** An empty folder; its files become the result. */
  readonly folder: string;
  /** The folders of the inputs' results, by name. */
  readonly inputs: Readonly<Record<string, string>>;
  /** A folder that survives a kill, for checkpoints; removed when the result is there. */
  readonly checkpoint: string;
}

/** Computes a kind of task. */
export type Compute = (work: Work) => Promise<void>;

export interface StoreOptions {
  /** Default `storeFolder()`. */
  folder?: string;
  kinds: Readonly<Record<string, Compute>>;
  surroundings: Surroundings;
  /**
   * Names and places results as every machine does, so that one with another device does not compute them
   * again. Default false: a result belongs to its device.
   */
  shared?: boolean;
}

/** A finished result. */
export interface Stored {
  readonly key: string;
  readonly folder: string;
  /** True if it was read back, false if it was computed just now. */
  readonly cached: boolean;
}

/**
 * Results on disk, each under its task's key; a result is there whole or not at all.
 *
 * A killed run goes on at its last checkpoint; a result whose files were changed is noticed by checksum and computed
 * again; of two processes that want the same result, one computes it and the other waits. Results that another machine
 * made and `merge` brought here count as well, where this machine has none of its own.
 */
export class Store {
  readonly folder: string;
  readonly #kinds: Readonly<Record<string, Compute>>;
  readonly #surroundings: Surroundings;
  readonly #anywhere: Surroundings;
  readonly #shared: boolean;
  readonly #verified = new Map<string, Stored>();

  constructor({ folder, kinds, surroundings, shared = false }: StoreOptions) {
    this.folder = folder === undefined ? storeFolder() : path.resolve(folder);
    this.#kinds = kinds;
    this.#surroundings = surroundings;
    this.#anywhere = { ...surroundings, device: {} };
    this.#shared = shared;
  }

  /** The name of a task's result in this store. */
  key(task: Task): string {
    return this.#shared ? this.taskKey(task) : this.#ownKey(task);
  }

  /** The name of a task on every machine with this code. */
  taskKey(task: Task): string {
    return keyOf(task, this.#anywhere);
  }

  #ownKey(task: Task): string {
    return keyOf(task, this.#surroundings);
  }

  /** Whether a task's result is there, without checking its bytes. */
  has(task: Task): boolean {
    return this.#places(task).some((place) => existsSync(path.join(place, manifestName)));
  }

  /** A task's result if it is there and whole; nothing is computed. */
  peek(task: Task): Stored | undefined {
    const key = this.key(task);
    const known = this.#verified.get(key) ?? this.#readBack(task, key);
    if (known) this.#verified.set(key, known);
    return known;
  }

  /**
   * The result of a task: read back, or computed with all the inputs it needs.
   *
   * @throws {DataError} If the store cannot be written.
   * @throws Whatever the computation throws; finished inputs and checkpoints stay.
   */
  async result(task: Task): Promise<Stored> {
    const found = this.peek(task);
    if (found) return found;
    const key = this.key(task);
    const inputs: Record<string, string> = {};
    for (const [name, input] of Object.entries(task.inputs)) inputs[name] = (await this.result(input)).folder;
    const release = await acquire(path.join(this.#lockFolder(), key), task.label);
    try {
      return await this.#computeLocked(task, key, inputs);
    } finally {
      release();
    }
  }

  /**
   * As `result`, for a task whose inputs are there; undefined if another process is computing it.
   *
   * Several processes on one store share a list of tasks this way.
   */
  async resultUnlessBusy(task: Task): Promise<Stored | undefined> {
    const lock = path.join(this.#lockFolder(), this.key(task));
    return (this.peek(task) ?? !isHeld(lock)) ? this.result(task) : undefined;
  }

  async #computeLocked(task: Task, key: string, inputs: Record<string, string>): Promise<Stored> {
    this.#removeLeftovers(key);
    // Another process may have finished it while this one waited.
    const found = this.#readBack(task, key);
    if (!found) this.#removeDamaged(task);
    const stored = found ?? (await this.#compute(task, key, inputs));
    this.#verified.set(key, { ...stored, cached: true });
    return stored;
  }

  #lockFolder(): string {
    const locks = path.join(this.folder, 'locks');
    try {
      mkdirSync(locks, { recursive: true });
      accessSync(locks, constants.W_OK);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new DataError(
        `store: ${this.folder} must be a writable folder, got '${reason}'; choose another one with ROARBOOK_STORE`,
        { cause },
      );
    }
    return locks;
  }

  /** What a killed process left of this result; its lock is ours now. */
  #removeLeftovers(key: string): void {
    const working = path.join(this.folder, 'working');
    if (!existsSync(working)) return;
    for (const name of readdirSync(working).filter((name) => name.startsWith(`${key}-`)))
      rmSync(path.join(working, name), { recursive: true, force: true });
  }

  async #compute(task: Task, key: string, inputs: Record<string, string>): Promise<Stored> {
    const compute = this.#kinds[task.kind];
    if (!compute) throw new DataError(`store: no kind of task is called '${task.kind}'`);
    const folder = path.join(this.folder, 'working', `${key}-${randomUUID()}`);
    // A training that another device began would go on with other last digits.
    const checkpoint = path.join(
      this.folder,
      'checkpoints',
      key,
      ...(this.#shared ? [this.#ownKey(task)] : []),
    );
    mkdirSync(folder, { recursive: true });
    mkdirSync(checkpoint, { recursive: true });
    const start = performance.now();
    try {
      await compute({ task, folder, inputs, checkpoint });
      writeFileSync(path.join(folder, manifestName), this.#manifest(task, folder));
      const [place] = this.#places(task);
      mkdirSync(path.dirname(place), { recursive: true });
      renameSync(folder, place);
      const seconds = (performance.now() - start) / 1000;
      noteTime(this.folder, key, { label: task.label, kind: task.kind, seconds });
      rmSync(path.join(this.folder, 'checkpoints', key), { recursive: true, force: true });
      return { key, folder: place, cached: false };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** What made the result and the checksum of each file: the same bytes for the same result. */
  #manifest(task: Task, folder: string): string {
    const inputs = Object.entries(task.inputs).map(([name, input]) => [name, this.#ownKey(input)]);
    return manifestText(folder, {
      ...{ kind: task.kind, label: task.label, options: task.options },
      inputs: Object.fromEntries(inputs) as Record<string, string>,
      device: this.#surroundings.device,
    });
  }

  /** The seconds that a task's result took when it was computed, here or on another machine, if known. */
  seconds(task: Task): number | undefined {
    return timeOf(this.folder, [this.#ownKey(task), this.taskKey(task)]);
  }

  #readBack(task: Task, key: string): Stored | undefined {
    const folder = this.#places(task).find(isWhole);
    return folder === undefined ? undefined : { key, folder, cached: true };
  }

  /** Says so; the lock is ours. */
  #removeDamaged(task: Task): void {
    for (const place of this.#places(task).filter(existsSync)) {
      console.warn(`store: the result ${place} was changed or is damaged; it is computed again`);
      rmSync(place, { recursive: true, force: true });
    }
  }

  /** Where a result is put and looked for, and where else one may be: this machine's own, and any machine's. */
  #places(task: Task): [first: string, second: string] {
    const own = resultFolder(this.folder, this.#ownKey(task));
    const any = mergedFolder(this.folder, this.taskKey(task));
    return this.#shared ? [any, own] : [own, any];
  }
}
