import { setImmediate } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';
import { planBatches, type BatchPlan } from '../data/batches.js';
import type { Dataset } from '../data/dataset.js';
import { InterruptedError } from '../errors.js';
import type { Model } from '../models/model.js';
import { writeCheckpoint, type Position } from './checkpoint.js';
import { classCount } from './classes.js';
import { feed, type FeedPlace } from './feed.js';
import type { Sums } from './meter.js';
import type { EpochResult, TrainResult } from './options.js';
import { report, show, stopped, summary, type TrainingDisplay } from './report.js';
import { startRun, type Run, type Training } from './run.js';
import { disposeState } from './runner.js';
import { learningRateAt } from './schedule.js';
import type { StepFeed } from './step.js';

/** At most this many steps' losses wait on the device to be read. */
const unread = 50;
/** Milliseconds between two readings for the progress display. */
const readEvery = 500;

/**
 * The loop that all trainings share. The model stays as it is.
 *
 * @throws {ArgumentError} If data and model do not fit, or the checkpoint is another training's.
 * @throws {DataError} If the checkpoint is damaged.
 * @throws {DivergenceError} If a loss is not finite; epoch, batch and learning rate are named.
 * @throws {InterruptedError} When the user stops the work, after a checkpoint is written.
 */
export async function train(model: Model, dataset: Dataset, training: Training): Promise<TrainResult> {
  classCount(training.name, model, dataset);
  const { plan, name } = training;
  if (plan.validation) classCount(`${name}, validation`, model, plan.validation);
  const run = await startRun(model, dataset, training);
  const display = plan.quiet ? undefined : show(dataset, plan, run.position);
  try {
    for (let epoch = run.position.epoch; epoch < plan.epochs; epoch++) {
      await runEpoch(run, epoch, display);
    }
    const { params, buffers, ...rest } = run.runner.state();
    disposeState({ params: {}, buffers: {}, ...rest });
    display?.finish(summary(run.history.at(-1)));
    return { model: model.withState({ params, buffers }), history: run.history };
  } catch (error) {
    const epoch = run.history.length + 1;
    const isStop = error instanceof InterruptedError;
    display?.finish(isStop ? stopped(epoch, run.checkpoint) : `failed in ${name}`);
    throw error;
  } finally {
    run.validation?.dispose();
    run.runner.dispose();
    run.meter.dispose();
  }
}

async function runEpoch(run: Run, epoch: number, display: TrainingDisplay | undefined): Promise<void> {
  const { dataset, plan, position, runner, meter } = run;
  const random = plan.random.fork(`epoch ${epoch}`);
  const options = { size: plan.batchSize, random, augment: plan.augment };
  const steps = Math.ceil(dataset.labels.length / plan.batchSize);
  const skipped = epoch === position.epoch ? position.batch : 0;
  let [batch, read, learningRate] = [0, performance.now(), plan.learningRate];
  for (const batchPlan of planBatches(dataset.labels.length, options)) {
    if (batch >= skipped) {
      if (run.signal.aborted) await stop(run, epoch, batch);
      learningRate = learningRateAt(epoch * steps + batch, { ...plan, steps });
      const place = { random: random.fork(`batch ${batch}`), learningRate, epoch, batch };
      const inputs = await feedOrStop(run, batchPlan, place);
      const images = batchPlan.indices.length;
      try {
        meter.add(await runner.run(inputs), { epoch: epoch + 1, batch: batch + 1, learningRate, images });
      } finally {
        tf.dispose(inputs.draws);
      }
      if (meter.pending >= unread || performance.now() - read >= readEvery) {
        report(display, run, { epoch, sums: await meter.read() });
        read = performance.now();
      }
      // Timers, the kernel and Ctrl-C have their turn.
      await setImmediate();
    }
    batch++;
  }
  // Many epochs are shorter than the time between two readings.
  const sums = await meter.read();
  report(display, run, { epoch, sums });
  await endEpoch(run, { epoch, learningRate, sums });
}

async function endEpoch(
  run: Run,
  { epoch, learningRate, sums }: { epoch: number; learningRate: number; sums: Sums },
): Promise<void> {
  const { loss, correct, images } = sums;
  run.meter.reset();
  const result: EpochResult = {
    epoch: epoch + 1,
    loss: loss / images,
    accuracy: correct / images,
    learningRate,
  };
  const { validation } = run.plan;
  run.history.push(validation ? { ...result, validation: await validate(run, validation) } : result);
  await save(run, { epoch: epoch + 1, batch: 0, loss: 0, correct: 0, images: 0, history: run.history });
}

async function stop(run: Run, epoch: number, batch: number): Promise<never> {
  await save(run, { epoch, batch, ...(await run.meter.read()), history: run.history });
  const remedy = run.checkpoint ? 'run it again to continue' : 'run it again to start over';
  throw new InterruptedError(`${run.name}: stopped at epoch ${epoch + 1} of ${run.plan.epochs}; ${remedy}`);
}

async function save({ runner, checkpoint }: Run, position: Position): Promise<void> {
  if (!checkpoint) return;
  const state = runner.state();
  try {
    await writeCheckpoint(state, position, checkpoint);
  } finally {
    disposeState(state);
  }
}

/** What a step is fed; the user's Stop meanwhile ends the training as it does between steps. */
async function feedOrStop(run: Run, batch: BatchPlan, place: FeedPlace): Promise<StepFeed> {
  try {
    return await feed(run, batch, place);
  } catch (error) {
    if (error instanceof InterruptedError) await stop(run, place.epoch, place.batch);
    throw error;
  }
}

/** Accuracy of the network as it is now, in evaluation mode. */
async function validate({ validation, plan }: Run, dataset: Dataset): Promise<number> {
  const total = dataset.labels.length;
  let correct = 0;
  for (const { indices } of planBatches(total, { size: plan.batchSize })) {
    const count = validation?.correct(indices);
    correct += (await count?.data())?.[0] ?? NaN;
    count?.dispose();
    await setImmediate();
  }
  return correct / total;
}
