import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError } from '../errors.js';
import { checkImages, checkModel, type Classes, readClasses } from '../models/inBatches.js';
import type { Classifier } from '../models/model.js';

/**
 * Checks what an attack is given, and reads the labels.
 *
 * @param name - The public function, for messages.
 * @throws {ArgumentError} If images are not float32 [N, H, W, C] in [0, 1], or labels are not N classes of the model.
 */
export async function attackedClasses(
  name: string,
  model: Classifier,
  { images, labels }: { images: Tensor4D; labels: Classes },
): Promise<Int32Array> {
  checkImages(name, images);
  await checkRange(name, images);
  const classes = await readClasses(name, labels, { count: images.shape[0], what: 'labels' });
  // The cross-entropy of one class is 0: nothing would be attacked, and every image would count as robust.
  checkModel(name, model, { images, classes, what: 'labels', least: 2 });
  return classes;
}

async function checkRange(name: string, images: Tensor4D): Promise<void> {
  const range = tf.tidy(() => tf.stack([tf.min(images), tf.max(images)]));
  try {
    const [low = NaN, high = NaN] = await range.data();
    // The negation also catches NaN.
    if (!(low >= 0 && high <= 1)) {
      throw new ArgumentError(`${name}: images must lie in [0, 1], got ${low}…${high}; divide bytes by 255`);
    }
  } finally {
    range.dispose();
  }
}
