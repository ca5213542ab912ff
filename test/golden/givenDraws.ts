import type { Random } from '../../src/random.js';
import type { Inputs } from './golden.js';

/**
 * A Random whose streams for sample s of image i, `fork(s).fork(i)` after one more fork, give what make_golden.py gave
 * captum: the noise as normal numbers, the number of the baseline and the place on the path.
 */
export function givenDraws({ noise, choice, alpha }: Inputs, samples: number): Random {
  const [, height, width, channels] = noise.shape;
  const size = height * width * channels;
  const [noises, choices, alphas] = [noise.dataSync(), choice.dataSync(), alpha.dataSync()];
  const stream = (path: readonly (string | number)[]): Random => {
    const [, sample, image] = path;
    const row = Number(image) * samples + Number(sample);
    let drawn = 0;
    return {
      fork: (name) => stream([...path, name]),
      seed: () => 1,
      normal: () => noises[row * size + drawn++] ?? NaN,
      uniform: () => alphas[row] ?? NaN,
      integer: () => choices[row] ?? NaN,
      permutation: (n) => Int32Array.from({ length: n }, (_, i) => i),
    };
  };
  return stream([]);
}

/** A Random whose stream for image i, `fork(sample).fork(i)` after one more fork, gives what APGD was given to start from. */
export function givenStarts({ noise, baselines }: Inputs): Random {
  const [, height, width, channels] = noise.shape;
  const size = height * width * channels;
  const [normals, uniforms] = [noise.dataSync(), baselines.dataSync()];
  const stream = (path: readonly (string | number)[]): Random => {
    const image = Number(path[2]);
    let drawn = 0;
    return {
      fork: (name) => stream([...path, name]),
      seed: () => 1,
      // The first of an image's five samples.
      normal: () => normals[image * 5 * size + drawn++] ?? NaN,
      uniform: () => uniforms[image * size + drawn++] ?? NaN,
      integer: () => 0,
      permutation: (n) => Int32Array.from({ length: n }, (_, i) => i),
    };
  };
  return stream([]);
}
