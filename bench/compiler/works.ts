import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { attackGradient, perturb, pgdPlan } from '../../src/attacks/pgdStep.js';
import { compile, type Precision } from '../../src/compiler/index.js';
import { compiledPass, networkOf, type Network } from '../../src/models/passes.js';
import { resnet18 } from '../../src/models/resnet.js';
import { seeded } from '../../src/random.js';
import { copyState } from '../../src/training/runner.js';
import { jacobianObjective } from '../../src/training/jacobian.js';
import { standardObjective } from '../../src/training/standard.js';
import { trainingStep, type StepInputs } from '../../src/training/step.js';

/** One unit of what is timed, until its result is in JavaScript. */
export interface Work {
  run(): void | Promise<void>;
}

export interface WorkOptions {
  width: number;
  images: Tensor4D;
  labels: Tensor1D;
}

/** Roarbook's own training step and attack, run operation by operation or compiled. */
export function roarbookWorks(
  { width, images, labels }: WorkOptions,
  precision: Precision | 'eager',
): Record<string, Work> {
  const model = resnet18({ width, random: seeded(1) });
  const step = trainingStep(standardObjective(model), { momentum: 0.9, weightDecay: 5e-4 });
  const momentum = Object.fromEntries(
    Object.entries(model.params).map(([name, param]) => [name, tf.zerosLike(param)]),
  );
  // The eager step disposes the state that it replaces; the attack still needs the model's.
  let state = copyState({ params: model.params, buffers: model.buffers, momentum, fixed: {} });
  const inputs: StepInputs = { images, labels, learningRate: tf.scalar(0.1), draws: {} };
  const jacobian = jacobianObjective(model, { lambda: 0.5, form: 'squared', projections: 1, classes: 10 });
  const doubleStep = trainingStep(jacobian, { momentum: 0.9, weightDecay: 5e-4 });
  const attack =
    (steps: number) =>
    ({ logits }: Network, given: { images: Tensor4D; labels: Tensor1D }) => {
      const plan = pgdPlan({ norm: 'l2', epsilon: 1, steps, stepSize: 0.25 });
      return perturb((x) => attackGradient(logits, x, given.labels), given.images, plan);
    };
  if (precision === 'eager') {
    return {
      train: {
        run: () => {
          const next = tf.tidy(() => step(state, inputs));
          next.outputs.loss.dataSync();
          tf.dispose([state.params, state.buffers, state.momentum, next.outputs]);
          state = next.state;
        },
      },
      pgd: { run: () => tf.tidy(() => void attack(2)(networkOf(model), { images, labels }).dataSync()) },
    };
  }
  const train = compile(step, { state, precision });
  const double = compile(doubleStep, { state, precision });
  const training = (step: typeof train): Work => ({
    run: () => {
      const { loss, correct } = step.run(inputs);
      loss.dataSync();
      tf.dispose([loss, correct]);
    },
  });
  const attacking = (steps: number): Work => {
    const compiled = compiledPass(model, attack(steps), precision);
    return {
      run: () => {
        const attacked = compiled.run({ images, labels });
        attacked.dataSync();
        attacked.dispose();
      },
    };
  };
  const attacks = [1, 5, 20, 40].map((steps) => [`pgd${steps}`, attacking(steps)] as const);
  return {
    train: training(train),
    jacobian: training(double),
    pgd: attacking(2),
    ...Object.fromEntries(attacks),
  };
}
