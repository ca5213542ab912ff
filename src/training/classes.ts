import * as tf from '@tensorflow/tfjs-core';
import { checkDataset } from '../data/checkDataset.js';
import type { Dataset } from '../data/dataset.js';
import { ArgumentError } from '../errors.js';
import { checkNetwork } from '../models/classifier.js';
import type { Model } from '../models/model.js';

/**
 * The number of a model's classes.
 *
 * @param name - The public function, for messages.
 * @throws {ArgumentError} If the data set is empty or contradicts itself, or the model does not fit it.
 */
export function classCount(name: string, model: Model, dataset: Dataset): number {
  checkNetwork(name, model, 'train others with tfjs itself; attacks, maps and evaluations take them');
  checkDataset(name, dataset);
  const { labels, shape } = dataset;
  const classes = logitCount(name, model, shape);
  const wrong = labels.find((label) => label >= classes);
  if (wrong !== undefined) {
    throw new ArgumentError(`${name}: labels must be in 0…${classes - 1}, the model's classes, got ${wrong}`);
  }
  return classes;
}

function logitCount(name: string, model: Model, shape: Dataset['shape']): number {
  try {
    return tf.tidy(() => model.predict(tf.zeros<tf.Rank.R4>([1, ...shape])).shape[1]);
  } catch (cause) {
    throw new ArgumentError(`${name}: the model must take images [${shape.join(', ')}]`, { cause });
  }
}
