import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { checkOptions } from '../errors.js';
import { imageDraws } from '../models/draws.js';
import { checkFinite, checkImages } from '../models/inBatches.js';
import type { Classifier } from '../models/model.js';
import { checkRandom, type Random } from '../random.js';
import type { Targets } from './attribute.js';

/** Where the numbers of `randomMap` come from. */
export interface RandomMapOptions {
  /** Draws the maps; another call with it draws others. */
  random: Random;
}

/**
 * Random map: the control that every method has to beat, uniform in [0, 1) and independent of model and image.
 *
 * @param _model - Not used; it is there so that every method is called the same way.
 * @param images - [N, H, W, C], float32; only the shape counts.
 * @param _targets - Not used.
 * @returns Maps [N, H, W, C]; the caller disposes them.
 * @throws {ArgumentError} If images are not finite float32 [N, H, W, C], or random is missing.
 * @formula uniform in [0, 1)
 * @cost No pass.
 * @differs Nothing: Hooker et al. assign random importance too.
 * @see Hooker et al. 2019, arXiv:1806.10758, section 4.
 * @example
 * const maps = await randomMap(model, images, 'predicted', { random });
 */
export async function randomMap(
  _model: Classifier,
  images: Tensor4D,
  _targets: Targets,
  options: RandomMapOptions,
): Promise<Tensor4D> {
  checkOptions('randomMap', options);
  const { random } = options;
  checkImages('randomMap', images);
  await checkFinite('randomMap', images);
  checkRandom('randomMap', random);
  return imageDraws(random)(
    (row, stream) => {
      for (let i = 0; i < row.length; i++) row[i] = stream.uniform();
    },
    { images: { from: 0, to: images.shape[0] }, shape: images.shape },
  );
}
