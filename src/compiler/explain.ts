import type { Tensor } from '@tensorflow/tfjs-core/dist/tensor.js';
import { NativeError } from '../errors.js';
import { describe } from './tree.js';

/** TensorFlow's message, with the shapes that were tried if memory ran out. */
export function explain(cause: unknown, inputs: readonly Tensor[]): NativeError {
  const message = messageOf(cause);
  const shapes = inputs.map(describe).join(', ');
  return /OOM|out of memory|RESOURCE_EXHAUSTED|allocat/i.test(message)
    ? new NativeError(
        `compile: memory must suffice for inputs of ${shapes}, got "${message}"; use a smaller batch`,
        {
          cause,
        },
      )
    : new NativeError(`compile: TensorFlow must run the step on inputs of ${shapes}, got "${message}"`, {
        cause,
      });
}

/** TensorFlow's message about what is computed while a step is built. */
export function explainFixed(cause: unknown): NativeError {
  return new NativeError(
    `compile: TensorFlow must compute what is made of constants only, got "${messageOf(cause)}"`,
    { cause },
  );
}

function messageOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  // The binding puts its own words before TensorFlow's.
  return text.replace(/^Invalid TF_Status: \d+\s*Message: /, '').trim();
}
