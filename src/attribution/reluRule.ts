import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError } from '../errors.js';
import type { LogitsFunction } from '../models/inputGradient.js';
import type { Network } from '../models/passes.js';

/**
 * A network's logits with another function in place of every ReLU.
 *
 * @param name - The public function, for messages.
 * @throws {ArgumentError} When it runs, if the network applies none: a network of one's own that overlooks
 *   `options.rules.relu` would get plain gradients without a word.
 */
export function logitsWithRelu(
  name: string,
  { apply }: Network,
  relu: (x: Tensor4D) => Tensor4D,
): LogitsFunction {
  return (images) => {
    let count = 0;
    const counted = (x: Tensor4D) => {
      count++;
      return relu(x);
    };
    const { logits } = apply(images, { rules: { relu: counted } });
    if (count > 0) return logits;
    throw new ArgumentError(
      `${name}: the network must have ReLUs, and apply options.rules.relu where it has one, got a pass without`,
    );
  };
}
