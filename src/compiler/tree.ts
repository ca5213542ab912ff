import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError } from '../errors.js';

/** Leaves by their path: `params/conv1.weight`. */
export type Leaves = Map<string, unknown>;

export function isTensor(value: unknown): value is Tensor {
  return value instanceof tf.Tensor;
}

/** A record or an array, whose values are leaves or branches again. */
function isBranch(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || isTensor(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Array.isArray(value);
}

/** The leaves of a tree in the order of its keys; undefined ones are left out. */
export function leaves(tree: unknown, path = '', found: Leaves = new Map()): Leaves {
  if (isBranch(tree)) {
    for (const [key, value] of Object.entries(tree)) leaves(value, path ? `${path}/${key}` : key, found);
  } else if (found.has(path)) {
    throw new ArgumentError(
      `compile: each name must be one way through a tree, got two ways to '${path}'; rename one`,
    );
  } else if (tree !== undefined) found.set(path, tree);
  return found;
}

/** The path of the first array that holds numbers. */
export function numberList(tree: unknown, path = ''): string | undefined {
  if (!isBranch(tree)) return undefined;
  if (Array.isArray(tree) && tree.some((value) => typeof value === 'number')) return path;
  for (const [key, value] of Object.entries(tree)) {
    const found = numberList(value, path ? `${path}/${key}` : key);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The same tree with other leaves. */
export function mapTree(tree: unknown, change: (leaf: unknown, path: string) => unknown, path = ''): unknown {
  if (!isBranch(tree)) return change(tree, path);
  const entries = Object.entries(tree).map(([key, value]): [string, unknown] => [
    key,
    mapTree(value, change, path ? `${path}/${key}` : key),
  ]);
  return Array.isArray(tree) ? entries.map(([, value]) => value) : Object.fromEntries(entries);
}

/** The leaves, all of which must be tensors. `what` names the tree in the error. */
export function tensorLeaves(tree: unknown, what: string): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  for (const [path, leaf] of leaves(tree)) {
    if (!isTensor(leaf)) {
      throw new ArgumentError(
        `compile: ${what} must hold tensors, got ${describe(leaf)}${path && ` at '${path}'`}; make it a tensor`,
      );
    }
    tensors.set(path, leaf);
  }
  return tensors;
}

export function describe(value: unknown): string {
  if (isTensor(value)) return `${value.dtype} [${value.shape.join(', ')}]`;
  if (value instanceof Promise) return 'a promise';
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'an array';
  if (typeof value !== 'object') return `a ${typeof value}`;
  const kind = Object.prototype.toString.call(value).slice('[object '.length, -1);
  return kind === 'Object' ? 'an object' : `a ${kind}`;
}
