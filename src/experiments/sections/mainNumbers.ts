import { perImage } from '../../evaluation/perImage.js';
import type { MethodSimilarity } from '../../figures/sanityFigure.js';
import type { MethodLatency } from '../../tables/tableLatency.js';
import type { ModelAccuracy } from '../../tables/tableModels.js';
import type { ExplainerAgreement } from '../../tables/tableAgreement.js';
import { agreementResult } from '../kinds/agreement.js';
import { latencyResult } from '../kinds/latency.js';
import { measurement } from '../kinds/measure.js';
import { sanityResult } from '../kinds/sanity.js';
import type { Laboratory } from '../laboratory.js';
import { mainMethods, mainPlan } from './mainPlan.js';
import type { MainMethod, MainModel, MainPlan } from './mainPlan.js';
import type { RemovalRow } from './removalRow.js';

/** The main paper's numbers, read back or computed. */
export class MainNumbers {
  readonly #laboratory: Laboratory;

  constructor(laboratory: Laboratory) {
    this.#laboratory = laboratory;
  }

  /** All the tasks. */
  async plan(): Promise<MainPlan> {
    return mainPlan(await this.#laboratory.recipe());
  }

  /** Clean and robust accuracy of the networks of every seed, of one kind or all. */
  async models(only?: MainModel): Promise<ModelAccuracy[]> {
    const rows: ModelAccuracy[] = [];
    for (const { model, seed, clean, robust } of (await this.plan()).models) {
      if (only !== undefined && model !== only) continue;
      rows.push({
        method: model,
        seed,
        clean: (await this.#laboratory.read(clean, measurement)).accuracy,
        robust: (await this.#laboratory.read(robust, measurement)).accuracy,
      });
    }
    return rows;
  }

  /** Accuracy after removal and retraining, which images were right among it. */
  async removals(only: readonly MainMethod[] = mainMethods): Promise<RemovalRow<MainMethod>[]> {
    const rows: RemovalRow<MainMethod>[] = [];
    for (const { task, ...row } of (await this.plan()).removals) {
      if (only.includes(row.method))
        rows.push({ ...row, ...(await this.#laboratory.read(task, measurement)) });
    }
    return rows;
  }

  /** How alike maps are before and after the last block became noise. */
  async sanity(): Promise<MethodSimilarity[]> {
    const rows: MethodSimilarity[] = [];
    for (const { method, task } of (await this.plan()).sanity)
      rows.push({ method, ...(await this.#laboratory.read(task, sanityResult)) });
    return rows;
  }

  /** How long one image's map takes. */
  async latencies(): Promise<MethodLatency[]> {
    const rows: MethodLatency[] = [];
    for (const { method, task } of (await this.plan()).latencies)
      rows.push({ method, ...(await this.#laboratory.read(task, latencyResult)) });
    return rows;
  }

  /** How the explainers' maps correlate with those that they learned. */
  async agreements(): Promise<(ExplainerAgreement & { values: Float32Array })[]> {
    const rows = [];
    for (const { task, ...row } of (await this.plan()).agreements)
      rows.push({ ...row, ...perImage(await this.#laboratory.read(task, agreementResult)) });
    return rows;
  }
}
