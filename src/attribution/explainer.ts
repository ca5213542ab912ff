import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError, checkOptions } from '../errors.js';
import { isExplained } from '../models/explainer.js';
import { checkFinite, checkImages, mapBatches } from '../models/inBatches.js';
import type { Classifier } from '../models/model.js';
import { type Network, runPass } from '../models/passes.js';
import type { AttributionOptions, Targets } from './attribute.js';

/**
 * Explainer: the maps that a network's own explainer E makes of its last convolutional features h.
 *
 * @param model - A network with an explainer, such as `trainExplainer` gives.
 * @param images - [N, H, W, C], float32.
 * @param _targets - Not used: E explains the class that its teacher's maps explained, by default the predicted one.
 * @returns Maps [N, H, W, C]; the caller disposes them. The same in every channel where E's output is 'rectified'.
 * @throws {ArgumentError} If images are not finite float32 [N, H, W, C], or the model has no explainer.
 * @formula E(h)
 * @cost 1 forward pass, of E too.
 * @differs Needs `trainExplainer`, whose options state what the paper leaves open.
 * @see Zeng et al. 2021, PMLR 157:753, eq. 5.
 * @example
 * const explained = withExplainer(model, { filters: [4, 8, 8, 8], random });
 * const { model: trained } = await trainExplainer(explained, train, { epochs: 1, teacher: model, samples: 2, random });
 * const maps = await explainer(trained, images);
 */
export async function explainer(
  model: Classifier,
  images: Tensor4D,
  _targets?: Targets,
  options: AttributionOptions = {},
): Promise<Tensor4D> {
  checkOptions('explainer', options);
  checkImages('explainer', images);
  await checkFinite('explainer', images);
  if (!isExplained(model)) {
    throw new ArgumentError('explainer: the model must have an explainer; trainExplainer gives one');
  }
  const { precision } = options;
  return mapBatches('explainer', images, {
    ...options,
    body: (batch) => runPass(model, explainPass, { inputs: { images: batch }, precision }),
  });
}

const explainPass = ({ explain }: Network, { images }: { images: Tensor4D }): Tensor4D => {
  // Only networks with an explainer come here.
  const maps = explain?.(images) ?? images;
  const channels = images.shape[3];
  return maps.shape[3] === channels ? maps : tf.tile(maps, [1, 1, 1, channels]);
};
