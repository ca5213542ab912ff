import { createHash } from 'node:crypto';
import { ArgumentError } from '../errors.js';

/** A value that JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/**
 * A unit of work as a plain value: what to compute, from which results.
 *
 * Equal tasks are one task: a model or a map that two sections need is computed once.
 */
export interface Task {
  /** Names the function that computes it, a member of `kinds`. */
  readonly kind: string;
  /** What a reader sees while it runs; not part of the key. */
  readonly label: string;
  readonly options: { readonly [name: string]: Json };
  /** The tasks whose results it reads, by the name it knows them under. */
  readonly inputs: Readonly<Record<string, Task>>;
}

/** What a result depends on besides its task: other values may give other last digits. */
export interface Surroundings {
  readonly device: { readonly [name: string]: Json };
  /** Hash of the code that computes a task. */
  code(task: Task): string;
}

/**
 * The name of a task's result: a hash of everything that determines its bytes, 64 hexadecimal digits.
 *
 * With an empty `device` it names the task on all machines.
 */
export function keyOf(task: Task, surroundings: Surroundings): string {
  const known = keysIn(surroundings);
  const seen = known.get(task);
  if (seen) return seen;
  const inputs = Object.entries(task.inputs).map(([name, input]) => [name, keyOf(input, surroundings)]);
  const content: Json = {
    kind: task.kind,
    options: task.options,
    inputs: Object.fromEntries(inputs) as Record<string, string>,
    device: surroundings.device,
    code: surroundings.code(task),
  };
  const key = createHash('sha256').update(canonical(content)).digest('hex');
  known.set(task, key);
  return key;
}

/** Keys that are known already: a model stands under hundreds of tasks. */
const knownKeys = new WeakMap<Surroundings, WeakMap<Task, string>>();

function keysIn(surroundings: Surroundings): WeakMap<Task, string> {
  const known = knownKeys.get(surroundings) ?? new WeakMap<Task, string>();
  knownKeys.set(surroundings, known);
  return known;
}

/** JSON with sorted names: equal values give equal texts. */
export function canonical(value: Json): string {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new ArgumentError(`task: options must be finite numbers, got ${value}`);
  }
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonical).join(',')}]`;
  const members = Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonical(value[name] ?? null)}`);
  return `{${members.join(',')}}`;
}

// Array.isArray does not narrow readonly arrays.
function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** A task's options as the type that the function which made the task gave them. */
export function optionsOf<Options>({ options }: Task): Options {
  // JSON has lost the type; the kind of the task tells it again.
  const untyped: unknown = options;
  return untyped as Options;
}
