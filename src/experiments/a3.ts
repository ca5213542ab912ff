import { figure1 } from '../figures/figure1.js';
import { figure2 } from '../figures/figure2.js';
import type { Figure } from '../figures/figure.js';
import { gather } from '../data/batches.js';
import type { Dataset } from '../data/dataset.js';
import { device } from '../native/device.js';
import { seeded } from '../random.js';
import { claimsA3 } from '../tables/claimsA3.js';
import type { RoarAccuracy } from '../tables/measurements.js';
import type { Provenance } from '../tables/provenance.js';
import { Statements } from '../tables/statements.js';
import { Table, tableOf } from '../tables/table.js';
import { tableA3 } from '../tables/tableA3.js';
import { tableModels } from '../tables/tableModels.js';
import { A3Measurements, methods, removals } from './a3Measurements.js';
import type { Method, ModelRow, Removal, RemovalRow } from './a3Measurements.js';
import type { Profile } from './profiles.js';

/** How many images Figure 2 shows. */
const shownImages = 8;

/**
 * Section A3 of the supplement, call by call: four models, removal and retraining, Fig 1, Fig 2 and what they say.
 *
 * A call computes what it needs and is not there yet; every result is kept in the store.
 */
export class A3 {
  readonly profile: Profile;
  readonly #measurements: A3Measurements;

  constructor(profile: Profile) {
    this.profile = profile;
    this.#measurements = new A3Measurements(profile);
  }

  /** What the profile asks for, on which data and device. */
  async settings(): Promise<Table> {
    const { network, training, attack, levels, seeds, temperature, lambda, evaluationSteps, shrunk } =
      this.profile;
    const { dataset, device } = await this.#provenance();
    const rows = {
      profile: `${this.profile.name} (shrunk against the paper: ${shrunk})`,
      data: dataset,
      network: describe(network),
      training: describe(training),
      'PGD training': `ℓ2, ${describe(attack)}`,
      'robust accuracy': `PGD-ℓ2, ε = ${attack.epsilon}, ${evaluationSteps} steps`,
      distillation: `T = ${temperature}`,
      'Jacobian term': `λ = ${lambda}`,
      'pixels removed': levels.map((level) => `${Math.round(level * 100)} %`).join(', '),
      seeds: seeds.join(', '),
      device,
    };
    return new Table(tableOf(Object.entries(rows).map(([option, value]) => ({ option, value }))), {
      columns: [
        { name: 'option', title: 'Option' },
        { name: 'value', title: 'Value' },
      ],
    });
  }

  /** Trains a model for every seed; its clean and robust accuracy. */
  async model(method: Method): Promise<Table> {
    return this.#modelTable(await this.#measurements.model(method));
  }

  /** Removes the pixels that a model's saliency, or a control, ranks highest, and retrains, for every level and seed. */
  async roar(method: Removal): Promise<Table> {
    const rows = await this.#measurements.roar(method);
    return tableA3(rows.map(roarAccuracy), { provenance: await this.#provenance() });
  }

  /** Fig 1: accuracy against the share of pixels removed, published curves beside it. */
  async figure1(): Promise<Figure> {
    return figure1((await this.#removals()).map(roarAccuracy), { provenance: await this.#provenance() });
  }

  /** Fig 2: the first test images of eight classes with the saliency maps of the four models of the first seed. */
  async figure2(): Promise<Figure> {
    const { test } = await this.#measurements.laboratory.data();
    const indices = firstOfEachClass(test, shownImages);
    const grid = {
      images: gather(test, Int32Array.from(indices)),
      shape: test.shape,
      names: indices.map((index) => test.classes[test.labels[index] ?? 0] ?? ''),
      maps: await this.#measurements.maps(indices),
    };
    return figure2(grid, { provenance: await this.#provenance() });
  }

  /** Our numbers with the published ones beside them. */
  async table(): Promise<Table> {
    return tableA3((await this.#removals()).map(roarAccuracy), { provenance: await this.#provenance() });
  }

  /** Accuracies of all four models. */
  async models(): Promise<Table> {
    return this.#modelTable(await this.#models());
  }

  /** One sentence on each claim of the section. */
  async claims(): Promise<Statements> {
    return new Statements(claimsA3(await this.#removals(), { random: seeded(0).fork('claims') }));
  }

  /** Every number, option and version, as plain JSON. */
  async results() {
    const { source, train, test } = await this.#measurements.laboratory.data();
    return {
      section: 'a3',
      profile: this.profile,
      provenance: await this.#provenance(),
      data: { ...source, train: train.source, test: test.source },
      models: (await this.#models()).map(({ method, seed, clean, robust }) => ({
        ...{ method, seed, accuracy: clean.accuracy, robustAccuracy: robust.accuracy },
      })),
      removal: (await this.#removals()).map(roarAccuracy),
      claims: (await this.claims()).claims,
    };
  }

  async #models(): Promise<ModelRow[]> {
    const rows: ModelRow[] = [];
    for (const method of methods) rows.push(...(await this.#measurements.model(method)));
    return rows;
  }

  async #removals(): Promise<RemovalRow[]> {
    const rows: RemovalRow[] = [];
    for (const method of removals) rows.push(...(await this.#measurements.roar(method)));
    return rows;
  }

  async #modelTable(rows: readonly ModelRow[]): Promise<Table> {
    const { attack, evaluationSteps } = this.profile;
    const flat = rows.map(({ clean, robust, ...row }) => ({
      ...row,
      clean: clean.accuracy,
      robust: robust.accuracy,
    }));
    return tableModels(flat, {
      provenance: await this.#provenance(),
      attack: `PGD-ℓ2, ε = ${attack.epsilon}, ${evaluationSteps} steps`,
    });
  }

  async #provenance(): Promise<Provenance> {
    const { name, shrunk, seeds } = this.profile;
    const { source } = await this.#measurements.laboratory.data();
    return { profile: name, shrunk, dataset: source.caption, seeds, device: device() };
  }
}

function roarAccuracy({ method, seed, level, accuracy, correct }: RemovalRow): RoarAccuracy {
  return { method, seed, level, accuracy, n: correct.length };
}

/** Options as a reader would write them: 'epochs 10, batchSize 100'. */
function describe(options: object): string {
  return Object.entries(options)
    .map(([name, value]) =>
      name === 'kind' ? String(value) : `${name} ${Array.isArray(value) ? value.join('-') : value}`,
    )
    .join(', ');
}

/** The position of the first image of each class, for the first `count` classes that occur. */
function firstOfEachClass({ labels, classes }: Dataset, count: number): number[] {
  return classes
    .map((_, label) => labels.indexOf(label))
    .filter((index) => index >= 0)
    .slice(0, count);
}
