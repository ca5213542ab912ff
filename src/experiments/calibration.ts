import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { compile } from '../compiler/index.js';
import { pgdPlan } from '../attacks/pgdStep.js';
import { compiledStepper } from '../attacks/stepper.js';
import { predictedPass } from '../attribution/attribute.js';
import { saliency } from '../attribution/saliency.js';
import type { Model } from '../models/model.js';
import { runPass } from '../models/passes.js';
import { deviceInfo } from '../native/device.js';
import { seeded } from '../random.js';
import { standardObjective } from '../training/standard.js';
import { trainingStep } from '../training/step.js';
import { newNetwork } from './kinds/network.js';
import type { Profile } from './profile.js';
import { canonical } from './task.js';
import type { Json } from './task.js';

/** What a device takes for a profile's network and batches; all times in seconds. */
export interface Calibration {
  /** Of a batch, forward, backward and update. */
  readonly trainingStep: number;
  /** Of PGD on a batch. */
  readonly attackStep: number;
  /** One image's gradient. */
  readonly explanation: number;
  /** One image's predicted class. */
  readonly prediction: number;
  /** Until the first step of a training: the step is recorded and its kernels are prepared. */
  readonly start: number;
  /** Numbers in the network's parameters and buffers. */
  readonly parameters: number;
  /** MiB of this process at its peak, without the images. */
  readonly memory: number;
}

/** Images as large as CIFAR-10's, in as many classes. */
const [side, channels, classes] = [32, 3, 10];
/** Seconds that each measurement repeats for. */
const patience = 1;
/** Another one where what is timed has changed: what was measured before is not taken for it. */
const version = 2;
/** Images of a first try; where a whole batch would take longer than `patience`, its time is taken in proportion. */
const few = 8;

/**
 * The calibration of a profile's network on this device, from `folder` if it was measured before; measuring takes some
 * seconds.
 */
export async function calibration(
  profile: Pick<Profile, 'network' | 'training' | 'precision'>,
  folder: string,
): Promise<Calibration> {
  const { network, precision } = profile;
  const { batchSize } = profile.training;
  const what: Json = { device: { ...deviceInfo() }, network: { ...network }, precision, batchSize, version };
  const file = path.join(folder, 'calibrations.json');
  const known = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, Calibration>)
    : {};
  const found = known[canonical(what)];
  if (found) return found;
  const measured = await calibrate(profile);
  mkdirSync(folder, { recursive: true });
  // Renamed into place: another process may read it meanwhile.
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, `${JSON.stringify({ ...known, [canonical(what)]: measured }, null, 2)}\n`);
  renameSync(draft, file);
  return measured;
}

async function calibrate(profile: Pick<Profile, 'network' | 'training' | 'precision'>): Promise<Calibration> {
  const { batchSize } = profile.training;
  const model = newNetwork(profile.network, { classes }, seeded(0));
  try {
    const before = peakMemory();
    const first = await times(model, few, profile);
    const slow = (first.trainingStep * batchSize) / few > patience;
    const { start, ...taken } = slow ? first : await times(model, batchSize, profile);
    const factor = slow ? batchSize / few : 1;
    const tensors = Object.values({ ...model.params, ...model.buffers });
    return {
      ...taken,
      start,
      trainingStep: taken.trainingStep * factor,
      attackStep: taken.attackStep * factor,
      parameters: tensors.reduce((sum, { size }) => sum + size, 0),
      memory: Math.round(before + (peakMemory() - before) * factor),
    };
  } finally {
    model.dispose();
  }
}

async function times(
  model: Model,
  batch: number,
  profile: Pick<Profile, 'training' | 'precision'>,
): Promise<Omit<Calibration, 'parameters' | 'memory'>> {
  const images: Tensor4D = tf.randomUniform([batch, side, side, channels], 0, 1, 'float32', 1);
  try {
    const training = await trainingTimes(model, images, profile);
    return {
      trainingStep: training.step,
      start: training.start,
      attackStep: await attackTime(model, images),
      explanation: (await repeated(() => saliency(model, images))) / batch,
      prediction: (await repeated(async () => runPass(model, predictedPass, { inputs: { images } }))) / batch,
    };
  } finally {
    images.dispose();
  }
}

async function trainingTimes(
  model: Model,
  images: Tensor4D,
  { training, precision }: Pick<Profile, 'training' | 'precision'>,
): Promise<{ step: number; start: number }> {
  const { params, buffers } = model;
  const momentum = tf.tidy(() =>
    Object.fromEntries(Object.entries(params).map(([name, param]) => [name, tf.zerosLike(param)])),
  );
  const step = trainingStep(standardObjective(model), { momentum: 0.9, weightDecay: training.weightDecay });
  const clone = (tensors: typeof params) =>
    Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, tf.clone(tensor)]));
  const state = { params: clone(params), buffers: clone(buffers), momentum, fixed: {} };
  const compiled = compile(step, { state, precision });
  const labels = tf.zeros<tf.Rank.R1>([images.shape[0]], 'int32');
  // A small rate: what is timed must not diverge.
  const learningRate = tf.scalar(1e-4);
  const once = async () => {
    const { loss, correct } = await compiled({ images, labels, learningRate, draws: {} });
    correct.dispose();
    return loss;
  };
  try {
    const begun = performance.now();
    const loss = await once();
    await loss.data();
    loss.dispose();
    const start = (performance.now() - begun) / 1000;
    return { step: await repeated(once), start };
  } finally {
    compiled.dispose();
    tf.dispose([state, labels, learningRate]);
  }
}

async function attackTime(model: Model, images: Tensor4D): Promise<number> {
  const stepper = compiledStepper(model, pgdPlan({ norm: 'l2', epsilon: 1, steps: 1 }));
  const labels = tf.zeros<tf.Rank.R1>([images.shape[0]], 'int32');
  try {
    return await repeated(async () => stepper.step({ images, current: images, labels }));
  } finally {
    stepper.dispose();
    labels.dispose();
  }
}

/**
 * Seconds of a computation, the least over about `patience` seconds after one that does not count: what else the machine
 * does makes some repetitions longer and none shorter.
 */
async function repeated(compute: () => Promise<tf.Tensor>): Promise<number> {
  const times: number[] = [];
  const end = performance.now() + 1000 * patience;
  while (times.length < 3 || performance.now() < end) {
    const begun = performance.now();
    const result = await compute();
    // A GPU has finished only when a value is read.
    await result.data();
    times.push((performance.now() - begun) / 1000);
    result.dispose();
  }
  return Math.min(...times.slice(1));
}

function peakMemory(): number {
  const kilobytes = /^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(kilobytes ?? 0) / 1024;
}
