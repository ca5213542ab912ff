import { ArgumentError } from '../errors.js';
import type { LogitsFunction } from '../models/inputGradient.js';
import type { Classifier, Model, Rules } from '../models/model.js';

/** The model's logits in evaluation mode, some of its parts replaced. */
export function logitsWith(model: Model, rules: Rules): LogitsFunction {
  return (images) => model.apply(model, images, { rules }).logits;
}

/** @throws {ArgumentError} If it is a plain function, within which nothing can be replaced. */
export function checkRules(name: string, model: Classifier): void {
  if (typeof model === 'function') {
    throw new ArgumentError(
      `${name}: the model must be a network of Roarbook such as resnet18, got a function; its ReLUs and features are out of reach`,
    );
  }
}
