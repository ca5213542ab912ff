import { ArgumentError } from '../errors.js';
import type { Classifier } from '../models/model.js';

/** @throws {ArgumentError} If it is a plain function, within which nothing can be replaced. */
export function checkRules(name: string, model: Classifier): void {
  if (typeof model === 'function') {
    throw new ArgumentError(
      `${name}: the model must be a network of Roarbook such as resnet18, got a function; its ReLUs and features are out of reach`,
    );
  }
}
