import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import type { Precision } from '../../compiler/precision.js';
import type { Model } from '../../models/model.js';
import type { Random } from '../../random.js';

/** What decides how important a pixel is: a method of the package with its options. */
export type AttributionOptions =
  | { readonly method: 'random' }
  | { readonly method: 'saliency' }
  | { readonly method: 'smoothGrad'; readonly samples: number; readonly sigma: number }
  | { readonly method: 'integratedGradients'; readonly steps: number }
  | { readonly method: 'deepLift' }
  | { readonly method: 'gradientShap'; readonly samples: number; readonly sigma: number }
  | { readonly method: 'occlusion'; readonly window: number; readonly stride: number }
  | { readonly method: 'explainer' };

/** Maps of a batch of images for the classes that the model predicts. */
export type Explain = (images: Tensor4D) => Promise<Tensor4D>;

interface Method<Options> {
  readonly module: string;
  /** How captions and progress call it. */
  name(options: Options): string;
  explain(model: Model, options: Options & ExplainOptions): Promise<Explain>;
}

/** How maps are made, beside the method's own options. */
export interface ExplainOptions {
  /** Draws whatever the method draws, the same for the same seed. */
  readonly random: Random;
  /** What passes compute in; default 'float32'. */
  readonly precision?: Precision | undefined;
}

type Methods = {
  readonly [Name in AttributionOptions['method']]: Method<Extract<AttributionOptions, { method: Name }>>;
};

const folder = '../../attribution';

// Each is loaded on its own, so that a change of one method's code leaves the results of the others alone.
const methods: Methods = {
  random: {
    module: `${folder}/randomMap.js`,
    name: () => 'random maps',
    async explain(_, { random }) {
      const { randomMap } = await import('../../attribution/randomMap.js');
      // Chance needs no model.
      const blind = () => tf.zeros<tf.Rank.R2>([0, 0]);
      return (images) => randomMap(blind, images, 'predicted', { random });
    },
  },
  saliency: {
    module: `${folder}/saliency.js`,
    name: () => 'saliency',
    async explain(model, { precision }) {
      const { saliency } = await import('../../attribution/saliency.js');
      return (images) => saliency(model, images, 'predicted', { precision });
    },
  },
  smoothGrad: {
    module: `${folder}/smoothGrad.js`,
    name: ({ samples, sigma }) => `SmoothGrad-${samples} (σ = ${sigma})`,
    async explain(model, { samples, sigma, random, precision }) {
      const { smoothGrad } = await import('../../attribution/smoothGrad.js');
      return (images) => smoothGrad(model, images, 'predicted', { samples, sigma, random, precision });
    },
  },
  integratedGradients: {
    module: `${folder}/integratedGradients.js`,
    name: ({ steps }) => `integrated gradients (${steps} steps)`,
    async explain(model, { steps, precision }) {
      const { integratedGradients } = await import('../../attribution/integratedGradients.js');
      return (images) => integratedGradients(model, images, 'predicted', { steps, precision });
    },
  },
  deepLift: {
    module: `${folder}/deepLift.js`,
    name: () => 'DeepLIFT',
    async explain(model, { precision }) {
      const { deepLift } = await import('../../attribution/deepLift.js');
      return (images) => deepLift(model, images, 'predicted', { precision });
    },
  },
  gradientShap: {
    module: `${folder}/gradientShap.js`,
    name: ({ samples }) => `GradientSHAP (${samples} samples)`,
    async explain(model, { samples, sigma, random, precision }) {
      const { gradientShap } = await import('../../attribution/gradientShap.js');
      return (images) => gradientShap(model, images, 'predicted', { samples, sigma, random, precision });
    },
  },
  occlusion: {
    module: `${folder}/occlusion.js`,
    name: () => 'occlusion',
    async explain(model, { window, stride, precision }) {
      const { occlusion } = await import('../../attribution/occlusion.js');
      return (images) => occlusion(model, images, 'predicted', { window, stride, precision });
    },
  },
  explainer: {
    module: `${folder}/explainer.js`,
    name: () => 'explainer',
    async explain(model, { precision }) {
      const { explainer } = await import('../../attribution/explainer.js');
      return (images) => explainer(model, images, 'predicted', { precision });
    },
  },
};

/** How captions call a method with its options. */
export function attributionName(options: AttributionOptions): string {
  return methodOf(options).name(options);
}

/** The module whose code makes a method's maps. */
export function attributionModule(options: AttributionOptions): URL {
  return new URL(methodOf(options).module, import.meta.url);
}

/** A method ready to explain batches of images. */
export async function explainWith(
  model: Model | undefined,
  options: AttributionOptions,
  how: ExplainOptions,
): Promise<Explain> {
  // Only chance explains without a model.
  return methodOf(options).explain(model as Model, { ...options, ...how });
}

/** TypeScript does not see that the method belongs to the options that name it. */
function methodOf({ method }: AttributionOptions): Method<AttributionOptions> {
  return methods[method] as Method<AttributionOptions>;
}
