import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { deepLift } from '../../src/attribution/deepLift.js';
import { gradientShap } from '../../src/attribution/gradientShap.js';
import { integratedGradients } from '../../src/attribution/integratedGradients.js';
import { occlusion } from '../../src/attribution/occlusion.js';
import { saliency } from '../../src/attribution/saliency.js';
import { smoothGrad } from '../../src/attribution/smoothGrad.js';
import type { Precision } from '../../src/compiler/index.js';
import { resnet18 } from '../../src/models/resnet.js';
import { seeded } from '../../src/random.js';
import type { Work, WorkOptions } from './works.js';

/** The public attribution functions, with captum's numbers of samples; all images at once as far as memory allows. */
export function mapWorks({ width, images, labels }: WorkOptions, precision: Precision): Record<string, Work> {
  const model = resnet18({ width, random: seeded(1) });
  const [options, random] = [{ precision }, seeded(2)];
  const work = (make: () => Promise<Tensor4D>): Work => ({
    run: async () => {
      const maps = await make();
      await maps.data();
      maps.dispose();
    },
  });
  return {
    saliency: work(() => saliency(model, images, labels, options)),
    smoothGrad: work(() => smoothGrad(model, images, labels, { ...options, random, samples: 50 })),
    integratedGradients: work(() => integratedGradients(model, images, labels, { ...options, steps: 50 })),
    gradientShap: work(() => gradientShap(model, images, labels, { ...options, random, samples: 5 })),
    deepLift: work(() => deepLift(model, images, labels, options)),
    occlusion: work(() => occlusion(model, images, labels, options)),
  };
}
