import { ArgumentError } from '../errors.js';
import type { Classifier, Model } from './model.js';

/** Whether it is a network, whose passes can be compiled and changed, and not a plain function or a tf.LayersModel. */
export function isNetwork(model: unknown): model is Model {
  return typeof model === 'object' && model !== null && 'params' in model && 'apply' in model;
}

/** Whether it can be asked for logits: scripts without types pass anything. */
export function isClassifier(model: unknown): model is Classifier {
  if (typeof model === 'function' || isNetwork(model)) return true;
  return typeof model === 'object' && model !== null && 'layers' in model && 'apply' in model;
}

/** @throws {ArgumentError} Unless it is a network, a tf.LayersModel or a function. */
export function checkIsModel(name: string, model: unknown): void {
  if (isClassifier(model)) return;
  throw new ArgumentError(
    `${name}: the model must be a network, a tf.LayersModel or a function of images that returns logits, got ${String(model)}`,
  );
}

/**
 * @param name - The public function, for messages.
 * @param why - What it needs the network itself for.
 * @throws {ArgumentError} If it is a plain function, a tf.LayersModel or no model at all.
 */
export function checkNetwork(name: string, model: unknown, why: string): void {
  if (isNetwork(model)) return;
  const kind =
    typeof model === 'function' ? 'a function' : isClassifier(model) ? 'a tf.LayersModel' : String(model);
  throw new ArgumentError(
    `${name}: the model must be a network of Roarbook such as resnet18, got ${kind}; ${why}`,
  );
}
