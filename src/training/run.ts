import * as tf from '@tensorflow/tfjs-core';
import type { Dataset } from '../data/dataset.js';
import { interruptSignal } from '../display/interrupt.js';
import type { Model, Tensors } from '../models/model.js';
import {
  fingerprint,
  prepareCheckpoint,
  readCheckpoint,
  type CheckpointOptions,
  type Identity,
  type Position,
} from './checkpoint.js';
import { Meter } from './meter.js';
import type { EpochResult, TrainPlan } from './options.js';
import {
  compiledRunner,
  copyState,
  disposeState,
  eagerRunner,
  type Runner,
  type Validation,
} from './runner.js';
import { trainingStep, type Objective, type TrainState } from './step.js';

/** What a training method hands to the loop. */
export interface Training {
  /** The public function, for messages. */
  name: string;
  plan: TrainPlan;
  objective: Objective;
  /** The method's own options: part of what a checkpoint must agree with. */
  identity: Identity;
}

/** A training under way. */
export interface Run extends Training {
  readonly model: Model;
  readonly dataset: Dataset;
  readonly runner: Runner;
  readonly validation: Validation | undefined;
  readonly meter: Meter;
  readonly history: EpochResult[];
  /** Where it started: at the beginning, or where the checkpoint ends. */
  readonly position: Position;
  readonly checkpoint: CheckpointOptions | undefined;
  readonly signal: AbortSignal;
}

/** Puts the state on the device, where the checkpoint ends or at the beginning. */
export async function startRun(model: Model, dataset: Dataset, training: Training): Promise<Run> {
  const { name, plan, objective } = training;
  const signal = interruptSignal();
  const checkpoint = plan.checkpoint
    ? { name, path: plan.checkpoint, identity: await identify(model, dataset, training) }
    : undefined;
  if (checkpoint) await prepareCheckpoint(checkpoint);
  const { state, position } = await startState(model, { fixed: objective.fixed ?? {}, checkpoint });
  const step = trainingStep(objective, plan);
  const newRunner = plan.engine === 'eager' ? eagerRunner : compiledRunner;
  const runner = newRunner(step, state, { dataset, precision: plan.precision });
  const meter = new Meter(name, position);
  return {
    ...training,
    model,
    dataset,
    runner,
    validation: plan.validation && runner.validation(model, plan.validation),
    meter,
    history: [...position.history],
    position,
    checkpoint,
    signal,
  };
}

/** The state to start with: the checkpoint's, or the model's with momentum 0. */
async function startState(
  { params, buffers }: Model,
  { fixed, checkpoint }: { fixed: Tensors; checkpoint: CheckpointOptions | undefined },
): Promise<{ state: TrainState; position: Position }> {
  const momentum = tf.tidy(() =>
    Object.fromEntries(Object.entries(params).map(([key, param]) => [key, tf.zerosLike(param)])),
  );
  try {
    const saved = checkpoint && (await readCheckpoint({ params, buffers, momentum }, checkpoint));
    const state = copyState({ ...(saved?.state ?? { params, buffers, momentum }), fixed });
    if (saved) disposeState({ ...saved.state, fixed: {} });
    return { state, position: saved?.position ?? beginning };
  } finally {
    tf.dispose(momentum);
  }
}

const beginning: Position = { epoch: 0, batch: 0, loss: 0, correct: 0, images: 0, history: [] };

/** Everything that decides the resulting bytes, apart from the machine. */
async function identify(
  model: Model,
  dataset: Dataset,
  { name, plan, objective, identity }: Training,
): Promise<Identity> {
  const { epochs, batchSize, learningRate, momentum, weightDecay, schedule } = plan;
  const { augment, precision, random, validation } = plan;
  return {
    ...{
      training: name,
      epochs,
      batchSize,
      learningRate,
      momentum,
      weightDecay,
      schedule,
      augment,
      precision,
    },
    ...identity,
    dataset: dataset.source.checksum,
    validation: validation?.source.checksum ?? null,
    architecture: model.architecture,
    random: random.fork('identity').seed(),
    start: await fingerprint({ ...model.params, ...model.buffers }),
    fixed: await fingerprint(objective.fixed ?? {}),
  };
}
