import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError } from '../errors.js';
import type { Graph } from './graph.js';
import { typeName, type NodeBackend, type OutputInfo, type StateInfo } from './native.js';
import { Recorder } from './recorder.js';
import { redirect, type Note } from './redirect.js';
import { describe, isTensor, mapTree, tensorLeaves } from './tree.js';
import { fail } from './where.js';

/** What a function takes: trees whose leaves are described by path. */
export interface Signature {
  readonly state: unknown;
  readonly inputs: unknown;
  readonly stateInfo: ReadonlyMap<string, StateInfo>;
  readonly inputInfo: ReadonlyMap<string, OutputInfo>;
  /** ` at file.ts:12`, where the function was handed to the compiler. */
  readonly line: string;
}

export interface Recording {
  readonly graph: Graph;
  /** The tree of outputs with their numbers as leaves. */
  readonly outputs: unknown;
}

type Step = (state: never, inputs: never) => { state?: unknown; outputs?: unknown };

/** The recording that operations go to: of a function, or of the body of a loop in it. */
const active: { recorder: Recorder | undefined } = { recorder: undefined };

/** The recording under way, in which tensors have no values. */
export function activeRecorder(): Recorder | undefined {
  return active.recorder;
}

/** Sends operations to another recording for the time of a function. */
export function recordInto<T>(recorder: Recorder, fn: () => T): T {
  const outer = active.recorder;
  active.recorder = recorder;
  try {
    return fn();
  } finally {
    active.recorder = outer;
  }
}

/**
 * Records a function twice and returns its graph. Nothing is computed.
 *
 * @throws {ArgumentError} If the two differ, or it does anything that a recording would freeze.
 */
export function record(backend: NodeBackend, fn: Step, signature: Signature): Recording {
  if (active.recorder) {
    fail('a step must not be called while another is recorded, got such a call', 'call the plain function');
  }
  const first = new Recorder(backend);
  try {
    const result = recordOnce(backend, first, { fn, signature });
    const second = new Recorder(backend, { earlier: first });
    recordOnce(backend, second, { fn, signature });
    return result;
  } finally {
    first.dispose();
  }
}

function recordOnce(
  backend: NodeBackend,
  recorder: Recorder,
  { fn, signature }: { fn: Step; signature: Signature },
): Recording {
  const engine = tf.engine();
  const made: Tensor[] = [];
  const given = new Set<Tensor>();
  const failures: unknown[] = [];
  const note: Note = {
    made: (tensor) => made.push(tensor),
    failed: (error) => failures.push(error),
    isGiven: (tensor) => given.has(tensor),
  };
  const restore = redirect(backend, () => active.recorder ?? recorder, note);
  engine.startScope('compile');
  try {
    const state = sources(recorder, 'state', signature.state, signature.stateInfo);
    const inputs = sources(recorder, 'input', signature.inputs, signature.inputInfo);
    for (const tensor of made) given.add(tensor);
    // The trees have the shapes that the caller's types promise; the compiler cannot see those types.
    const result = recordInto(recorder, () => fn(state as never, inputs as never));
    if (failures.length > 0) throw failures[0];
    return read(recorder, result, signature);
  } finally {
    given.clear();
    engine.endScope();
    restore();
    // What the function kept stands for nothing from here on.
    tf.dispose(made);
  }
}

function sources(
  recorder: Recorder,
  kind: 'input' | 'state',
  tree: unknown,
  info: ReadonlyMap<string, OutputInfo>,
): unknown {
  const order = [...info.keys()];
  return mapTree(tree, (leaf, path) => {
    const described = info.get(path);
    return described ? recorder.source(kind, order.indexOf(path), described) : leaf;
  });
}

function read(recorder: Recorder, result: unknown, { stateInfo, line }: Signature): Recording {
  const valueOf = (path: string, tensor: Tensor) =>
    recorder.valueOf(tensor, ` as the result '${path}' of the function compiled${line}`);
  const { state, outputs } = checkResult(result);
  const order = [...stateInfo.keys()];
  const updates = new Map<number, { node: number; output: number }>();
  for (const [path, tensor] of tensorLeaves(state, 'the returned state')) {
    const index = order.indexOf(path);
    const value = valueOf(path, tensor);
    checkUpdate(path, tensor, { old: stateInfo.get(path), dtype: recorder.dtypeOf(value) });
    const node = recorder.nodes[value.node];
    // Handed back as it was.
    if (node?.kind === 'state' && node.index === index) continue;
    if (stateInfo.get(path)?.constant) constantChanged(path);
    updates.set(index, value);
  }
  const values = [...tensorLeaves(outputs, 'the outputs')].map(([path, tensor]) =>
    recorder.readable(valueOf(path, tensor)),
  );
  let next = 0;
  const numbered = mapTree(outputs ?? {}, (leaf) => (leaf === undefined ? undefined : next++));
  return { graph: recorder.graph(values, updates), outputs: numbered };
}

/** In plain JavaScript a function may return anything, and what it returns elsewhere would be lost without a word. */
function checkResult(result: unknown): { state?: unknown; outputs?: unknown } {
  const must = 'compile: the function must return {state, outputs}, got';
  if (result instanceof Promise) {
    throw new ArgumentError(`${must} ${describe(result)}; it must not be async`);
  }
  // A generator's result is an object too, of a function that has not run.
  if (typeof result !== 'object' || result === null || isTensor(result) || Symbol.iterator in result) {
    throw new ArgumentError(`${must} ${describe(result)}; return {outputs: {…}}`);
  }
  const further = Object.keys(result).find((key) => key !== 'state' && key !== 'outputs');
  if (further !== undefined) throw new ArgumentError(`${must} '${further}' too; put it into outputs`);
  return result;
}

function checkUpdate(
  path: string,
  tensor: Tensor,
  { old, dtype }: { old: StateInfo | undefined; dtype: number },
): void {
  if (!old) {
    throw new ArgumentError(
      `compile: the returned state must hold declared names only, got '${path}'; declare it in \`state\``,
    );
  }
  if (old.dtype === dtype && old.shape?.join() === tensor.shape.join()) return;
  const type = typeName(old.dtype);
  // tfjs makes float32 of int32 and a number.
  const remedy = old.dtype === dtype ? 'reshape it' : `cast it to '${type}'`;
  throw new ArgumentError(
    `compile: the state '${path}' must keep its type and shape ${type} [${old.shape?.join(', ')}], got ${describe(tensor)}; ${remedy}`,
  );
}

function constantChanged(path: string): never {
  throw new ArgumentError(
    `compile: the constant '${path}' must be returned as it came or left out, got a new value; make it with variables()`,
  );
}
