import * as tf from '@tensorflow/tfjs-core';
import { withExplainer } from '../models/explainer.js';
import type { Model } from '../models/model.js';
import { size } from '../models/params.js';
import { seeded } from '../random.js';
import { newNetwork } from './kinds/network.js';
import type { Profile } from './profile.js';

/** Floating-point operations of one image's way forwards. */
export interface Operations {
  /** Through the network. */
  readonly network: number;
  /** Through the network and its explainer. */
  readonly explained: number;
}

/** Images as large as CIFAR-10's, in as many classes. */
const [side, channels, classes] = [32, 3, 10];

/** Counts a profile's operations: of each convolution and dense layer a multiplication and an addition of every weight at every place. */
export async function operationsOf({
  network,
  explainer,
}: Pick<Profile, 'network' | 'explainer'>): Promise<Operations> {
  const random = seeded(0);
  const model = withExplainer(newNetwork(network, { classes }, random), {
    filters: explainer.filters,
    random,
  });
  const image = tf.zeros<tf.Rank.R4>([1, side, side, channels]);
  try {
    return {
      network: await counted(() => model.apply(model, image).logits),
      explained: await counted(() => mapsOf(model, image)),
    };
  } finally {
    model.dispose();
    image.dispose();
  }
}

function mapsOf(model: Model, image: tf.Tensor4D): tf.Tensor {
  const { features } = model.apply(model, image);
  const explained = model.explain?.(model, features, { size: [side, side] });
  return explained?.maps ?? features;
}

/** Kernels by what holds the places: their result, or for a transposed convolution what goes in. */
const kernels: Readonly<Record<string, 'result' | 'input'>> = {
  Conv2D: 'result',
  Conv2DBackpropInput: 'input',
  BatchMatMul: 'result',
};

async function counted(compute: () => tf.Tensor): Promise<number> {
  const { kernels: run } = await tf.profile(() => tf.tidy(() => void compute()));
  return run.reduce((sum, { name, inputShapes, outputShapes }) => {
    const kind = kernels[name];
    const [input, weights] = inputShapes;
    const places = kind === 'input' ? input : outputShapes[0];
    if (!kind || !places || !weights) return sum;
    return sum + 2 * size(places.slice(0, -1)) * size(weights);
  }, 0);
}
