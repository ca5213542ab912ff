import type { Dataset } from '../../data/dataset.js';
import type { Model } from '../../models/model.js';
import { cifarNormalisation, resnet, resnet18 } from '../../models/resnet.js';
import type { Random } from '../../random.js';
import type { NetworkOptions } from '../profile.js';

/** A freshly initialised network of a profile. Images of 3 channels are normalised as CIFAR-10, others from [0, 1] to [−2, 2]. */
export function newNetwork(
  network: NetworkOptions,
  { classes, channels = 3 }: { classes: number; channels?: number },
  random: Random,
): Model {
  const { kind, ...sizes } = network;
  const each = (value: number) => Array.from({ length: channels }, () => value);
  const normalise = channels === 3 ? cifarNormalisation : { mean: each(0.5), std: each(0.25) };
  const options = { classes, normalise, random };
  return kind === 'resnet18' ? resnet18({ ...sizes, ...options }) : resnet({ ...sizes, ...options });
}

/** What a network for a data set must fit. */
export function sizesOf({ classes, shape }: Dataset): { classes: number; channels: number } {
  return { classes: classes.length, channels: shape[2] };
}
