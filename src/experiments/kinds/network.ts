import type { Model } from '../../models/model.js';
import { resnet, resnet18 } from '../../models/resnet.js';
import type { Random } from '../../random.js';
import type { NetworkOptions } from '../profile.js';

/** A freshly initialised network of a profile. */
export function newNetwork(network: NetworkOptions, classes: number, random: Random): Model {
  const { kind, ...sizes } = network;
  return kind === 'resnet18'
    ? resnet18({ ...sizes, classes, random })
    : resnet({ ...sizes, classes, random });
}
