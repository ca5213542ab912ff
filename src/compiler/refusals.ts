import type { Tensor } from '@tensorflow/tfjs-core/dist/tensor.js';
import { describe } from './tree.js';
import { fail } from './where.js';

// What a recording refuses. Each raises an ArgumentError that names the operation and the caller's line.

/** @param place - Where it was met, if not in an operation: ` in the result …`. */
export function undeclared(tensor?: Tensor, place?: string): never {
  fail(
    `every tensor must come from the state or the inputs, got another one${tensor ? ` of ${describe(tensor)}` : ''}`,
    'declare it in `state` or `inputs`, or create it inside the function',
    { place },
  );
}

/** @param own - Whether the recording under way made it. */
export function dead(tensor: Tensor, { own, place }: { own: boolean; place?: string | undefined }): never {
  fail(
    `tensors must be alive when they are used, got a disposed one of ${describe(tensor)}`,
    own
      ? 'dispose it after its last use; from a tf.tidy return it, and in a gradient tf.keep it'
      : 'make it anew in each call, or keep it outside and hand it in through `inputs`',
    { place },
  );
}

export function foreign(tensor: Tensor): never {
  fail(
    `tensors from outside must be neither assigned nor disposed, got ${describe(tensor)}`,
    'keep what changes in `state` and return its new value',
  );
}

export function optimized(): never {
  fail(
    'weights must be state and not variables, got an optimizer, which changes variables',
    'take gradients with tf.valueAndGrads, and return the new weights in `state`',
  );
}

export function setsBackend(): never {
  fail('the backend must stay, got a call that sets it', 'set it outside');
}

export function given(tensor: Tensor): never {
  fail(
    `state and inputs must not be disposed inside the function, got ${describe(tensor)}`,
    'dispose the input after the call; the step disposes its state',
  );
}

export function disposedInput(path: string): never {
  fail(`inputs must be alive when the step is called, got a disposed tensor at '${path}'`, 'make it anew');
}

/** Nothing for all of the inputs. */
const at = (path: string) => path && ` at '${path}'`;

export function unknownInput(leaf: unknown, path: string): never {
  fail(
    `inputs must be tensors, Float32Array, Int32Array, Uint8Array or numbers, got ${describe(leaf)}${at(path)}`,
    'make it one of these',
  );
}

/** An array is a branch whose leaves are inputs of their own: one of numbers would be as many scalars. */
export function listedInput(path: string): never {
  fail(
    `inputs must be tensors, Float32Array, Int32Array, Uint8Array or numbers, got an array of numbers${at(path)}`,
    'make it Float32Array.from(values) or tf.tensor(values)',
  );
}

export function variablesInside(): never {
  fail(
    'variables must be made, read and set outside the function, got such a call inside',
    'hand them in as `state`, and return new values in `state`',
  );
}

export function notNumeric({ dtype }: Tensor): never {
  fail(`tensors must hold numbers or booleans, got ${dtype}`, 'work on texts outside');
}

export function hasEffects(op: string): never {
  fail(
    `operations must have no effects and draw nothing, got ${op}`,
    'draw with randomUniform or randomNormal of roarbook/compiler',
  );
}

/** @param signature - Of the node in which a second recording differs. */
export function differs(signature: string): never {
  fail(
    `the function must do the same each time, got two recordings that differ in a ${signature.split(' ')[0]}`,
    'hand what changes (random numbers, counters, times) in through `inputs`',
  );
}

export function escapes(): never {
  fail('a tensor must not leave the body of a loop, got such a tensor', 'return it from the body');
}

export function dependsOnValues(op: string): never {
  fail(
    `shapes must not depend on values, got ${op}, whose result has one that does`,
    'compute it outside, or use a mask of a fixed shape',
  );
}

/** @param cause - TensorFlow's error for an operation whose shapes, types or attributes do not fit. */
export function refused(cause: unknown): never {
  const text = cause instanceof Error ? cause.message : String(cause);
  // The node's own description follows the reason, in TensorFlow's terms.
  const reason = text
    .replace(/^Invalid TF_Status: \d+\s*Message: /, '')
    .replace(/ for '\{\{node .*\}\}.*?' with/s, ' with');
  fail(`TensorFlow must accept each operation, got "${reason.trim()}"`, 'make types and shapes fit', {
    cause,
  });
}
