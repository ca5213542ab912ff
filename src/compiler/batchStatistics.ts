import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core/dist/tensor.js';
import { batchNormTraining } from './batchNorm.js';
import { usesOneDnn } from './filters.js';
import type { Binding } from './native.js';
import type { Recorder } from './recorder.js';

/** What made a tensor, at a place where a gradient is taken. */
interface Origin {
  readonly kernel: string;
  readonly inputs: tf.NamedTensorMap;
  readonly attributes: tf.NamedAttrMap | undefined;
  /** The tape and the gradient that it was made under: from no other one does its own gradient reach what it was made of. */
  readonly tape: unknown;
  readonly depth: number;
}

/** Kernels that batch statistics are made with. */
const noted = ['Mean', 'Square', 'Sub', 'Cast', 'Reshape'];

export type RunKernel = (kernel: string, inputs: tf.NamedTensorMap, attributes?: tf.NamedAttrMap) => unknown;

/**
 * tfjs's runKernel, in which tf.batchNorm by `tf.moments` of the images themselves is one operation, forwards and backwards, in
 * place of a dozen; rounding differs. The statistics are then the operation's, too.
 *
 * Only where a gradient is taken, for that is where the time goes; and not where results are the eager ones bit for bit, on the
 * CPU without oneDNN.
 */
export function normalisingAtOnce(
  runKernel: RunKernel,
  { binding, recorder }: { binding: Binding; recorder: () => Recorder },
): RunKernel {
  const { state } = tf.engine();
  const origins = new WeakMap<Tensor, Origin>();
  if (!binding.isUsingGpuDevice() && !usesOneDnn(binding)) return runKernel;
  return (kernel, inputs, attributes) => {
    const here = { tape: state.activeTape, depth: state.gradientDepth };
    const originOf = (tensor: Tensor | undefined) => {
      const origin = tensor && origins.get(tensor);
      return origin?.tape === here.tape && origin.depth === here.depth ? origin : undefined;
    };
    if (!tf.engine().isTapeOn()) return runKernel(kernel, inputs, attributes);
    if (kernel === 'FusedBatchNorm' && areStatistics(inputs, originOf))
      return normalised(inputs, Number(attributes?.varianceEpsilon), recorder());
    const result = runKernel(kernel, inputs, attributes);
    if (noted.includes(kernel) && result instanceof tf.Tensor)
      origins.set(result, { kernel, inputs, attributes, ...here });
    return result;
  };
}

function normalised({ x, mean, variance, scale, offset }: tf.NamedTensorMap, epsilon: number, to: Recorder) {
  const images = x as Tensor;
  const batch = batchNormTraining(images, scale as Tensor, offset as Tensor, epsilon);
  const count = images.size / (mean as Tensor).size;
  to.replace(mean as Tensor, batch.mean);
  to.replace(variance as Tensor, tf.mul(batch.variance, (count - 1) / count));
  return batch.y;
}

type Origins = (tensor: Tensor | undefined) => Origin | undefined;

/** Whether mean and variance are those of x [N, H, W, C] over N, H and W, as tf.moments computes them. */
function areStatistics({ x, mean, variance, scale, offset }: tf.NamedTensorMap, originOf: Origins): boolean {
  if (x?.rank !== 4 || x.dtype !== 'float32' || x.size === 0) return false;
  if ([mean, variance, scale, offset].some((tensor) => tensor?.rank !== 1)) return false;
  /** What the mean over N, H and W was taken of. */
  const averaged = (of: Tensor | undefined) => {
    const origin = originOf(of);
    const axes = [origin?.attributes?.axis ?? []].flat();
    return origin?.kernel === 'Mean' && axes.join() === '0,1,2' ? origin.inputs.x : undefined;
  };
  /** What a step that changes no value was taken of: a cast to float32, or a reshape that keeps the channels last. */
  const before = (of: Tensor | undefined, step: 'Cast' | 'Reshape') => {
    const origin = originOf(of);
    const keeps = of?.dtype === 'float32' && (step === 'Cast' || of.shape.at(-1) === mean?.size);
    return origin?.kernel === step && keeps ? origin.inputs.x : of;
  };
  const square = originOf(averaged(variance));
  const difference = square?.kernel === 'Square' ? originOf(square.inputs.x) : undefined;
  if (difference?.kernel !== 'Sub' || averaged(mean) !== x) return false;
  return before(difference.inputs.a, 'Cast') === x && before(difference.inputs.b, 'Reshape') === mean;
}
