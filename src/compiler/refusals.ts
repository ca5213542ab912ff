import type { Tensor } from '@tensorflow/tfjs-core/dist/tensor.js';
import { fail } from './where.js';

// What a recording refuses. Each raises an ArgumentError that names the operation and the caller's line.

export function undeclared(tensor?: Tensor): never {
  fail(
    `every tensor must come from the state or the inputs, got another one${tensor ? ` of ${tensor.dtype} [${tensor.shape.join(', ')}]` : ''}`,
    'declare it in `state` or `inputs`, or create it inside the function',
  );
}

export function dead(): never {
  fail(
    'tensors must be alive when they are used, got one that an earlier recording made or that was disposed',
    'make it anew in each call',
  );
}

export function foreign({ dtype, shape }: Tensor): never {
  fail(
    `tensors from outside must be neither assigned nor disposed, got ${dtype} [${shape.join(', ')}]`,
    'keep what changes in `state` and return its new value',
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
  fail(`TensorFlow must accept each operation, got "${reason.trim()}"`, 'make types and shapes fit');
}
