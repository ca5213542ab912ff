import * as tf from '@tensorflow/tfjs-core';
import { DivergenceError } from '../errors.js';
import type { StepOutputs } from './step.js';

/** Which step some outputs come from; epoch and batch from 1. */
export interface StepPlace {
  readonly epoch: number;
  readonly batch: number;
  readonly learningRate: number;
  /** Images in the batch. */
  readonly images: number;
}

/** Sums over some steps: of losses times images, of correct images, of images. */
export interface Sums {
  readonly loss: number;
  readonly correct: number;
  readonly images: number;
}

/** Adds up losses and accuracies, read back for many steps at once so that the device never waits for the reader. */
export class Meter {
  readonly #name: string;
  #sums: Sums;
  #pending: { outputs: StepOutputs; place: StepPlace }[] = [];

  /** @param name - The public function, for messages. */
  constructor(name: string, sums: Sums = { loss: 0, correct: 0, images: 0 }) {
    this.#name = name;
    this.#sums = sums;
  }

  /** Steps whose outputs were not read yet. */
  get pending(): number {
    return this.#pending.length;
  }

  /** Takes over a step's outputs. */
  add(outputs: StepOutputs, place: StepPlace): void {
    this.#pending.push({ outputs, place });
  }

  /**
   * Reads what is pending.
   *
   * @throws {DivergenceError} If a loss is not finite.
   */
  async read(): Promise<Sums> {
    if (this.#pending.length === 0) return this.#sums;
    const steps = this.#pending;
    const values = await this.#take();
    let { loss, correct, images } = this.#sums;
    steps.forEach(({ place }, i) => {
      const [mean = NaN, hits = NaN] = values.subarray(2 * i);
      if (!Number.isFinite(mean)) throw this.#divergence(mean, place);
      loss += mean * place.images;
      correct += hits;
      images += place.images;
    });
    this.#sums = { loss, correct, images };
    return this.#sums;
  }

  /** Starts the next sums at 0. */
  reset(): void {
    this.#sums = { loss: 0, correct: 0, images: 0 };
  }

  /** Frees what is pending. */
  dispose(): void {
    for (const { outputs } of this.#pending.splice(0)) tf.dispose([outputs.loss, outputs.correct]);
  }

  async #take(): Promise<Float32Array> {
    const all = tf.stack(this.#pending.flatMap(({ outputs }) => [outputs.loss, outputs.correct]));
    this.#pending = this.#free();
    try {
      // The stack of float32 scalars is float32.
      return (await all.data()) as Float32Array;
    } finally {
      all.dispose();
    }
  }

  #free(): [] {
    for (const { outputs } of this.#pending) tf.dispose([outputs.loss, outputs.correct]);
    return [];
  }

  #divergence(loss: number, { epoch, batch, learningRate }: StepPlace): DivergenceError {
    return new DivergenceError(
      `${this.#name}: the loss must stay finite, got ${loss} in epoch ${epoch}, batch ${batch} ` +
        `at learning rate ${Number(learningRate.toPrecision(4))}; lower learningRate`,
    );
  }
}
