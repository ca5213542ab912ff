import { figure1 } from '../../figures/figure1.js';
import { figure2 } from '../../figures/figure2.js';
import type { Figure } from '../../figures/figure.js';
import { gather } from '../../data/batches.js';
import { seeded } from '../../random.js';
import { claimsA3 } from '../../tables/claimsA3.js';
import { Statements } from '../../tables/statements.js';
import type { Provenance } from '../../tables/provenance.js';
import type { Table } from '../../tables/table.js';
import { tableA3 } from '../../tables/tableA3.js';
import { tableModels } from '../../tables/tableModels.js';
import { describe, settingsTable } from '../settings.js';
import { exampleImages, exampleMaps } from '../kinds/examples.js';
import { measurement } from '../kinds/measure.js';
import type { Measurement } from '../kinds/measure.js';
import type { Laboratory } from '../laboratory.js';
import type { Profile } from '../profile.js';
import type { Exhibit, Section, SectionDefinition } from '../section.js';
import { inEverySection, type Described } from '../shrunk.js';
import type { Task } from '../task.js';
import { a3Plan, shownImages } from './a3Plan.js';
import type { A3Plan, Method, Removal } from './a3Plan.js';
import { roarAccuracy, roarTableRow, type RemovalRow } from './removalRow.js';

/** What of a profile decides this section's numbers, beside images and seeds. */
const dependsOn: readonly Described[] = [...inEverySection, 'attack', 'temperature', 'lambda', 'levels'];

export const a3 = {
  title: 'A. Do other defenses give faithful explanations too? Fig 1, Fig 2',
  notebook: 'a3-defenses.ipynb',
  firstLook: true,
  tasks(recipe) {
    const { models, removals, examples } = a3Plan(recipe);
    return [
      ...models.flatMap(({ clean, robust, strong }) => [clean, robust, strong]),
      ...[...removals, ...examples].map(({ task }) => task),
    ];
  },
  open: (laboratory) => new A3(laboratory),
} satisfies SectionDefinition<A3>;

/** A model's accuracies on the test set. */
interface ModelRow {
  readonly method: Method;
  readonly seed: number;
  readonly clean: Measurement;
  readonly robust: Measurement;
  readonly strong: Measurement;
}

/**
 * Section A3 of the supplement, call by call: four models, removal and retraining, Fig 1, Fig 2 and what they say.
 *
 * A call computes what it needs and is not there yet; every result is kept in the store.
 */
export class A3 implements Section {
  readonly profile: Profile;
  readonly #laboratory: Laboratory;

  constructor(laboratory: Laboratory) {
    this.profile = laboratory.profile;
    this.#laboratory = laboratory;
  }

  /** What the profile asks for, on which data and device. */
  async settings(): Promise<Table> {
    const { attack, temperature, lambda, evaluationSteps, levels } = this.profile;
    return settingsTable(this.profile, await this.#provenance(), {
      'PGD training': `ℓ2, ${describe(attack)}`,
      'robust accuracy': `PGD-ℓ2, ε = ${attack.epsilon}, ${evaluationSteps} steps`,
      'strong attack': describe(this.profile.strongAttack),
      distillation: `T = ${temperature}`,
      'Jacobian term': `λ = ${lambda}`,
      'pixels removed': levels.map((level) => `${Math.round(level * 100)} %`).join(', '),
    });
  }

  /** Trains a model for every seed; its accuracy, clean and under two attacks. */
  async model(method: Method): Promise<Table> {
    return this.#modelTable(await this.#models(method));
  }

  /** Removes the pixels that a model's saliency, or a control, ranks highest, and retrains, for every level and seed. */
  async roar(method: Removal): Promise<Table> {
    const rows = await this.#removals(method);
    return tableA3(rows.map(roarTableRow), { provenance: await this.#provenance() });
  }

  /** Fig 1: accuracy against the share of pixels removed, published curves beside it. */
  async figure1(): Promise<Figure> {
    const provenance = await this.#provenance();
    return figure1((await this.#removals()).map(roarAccuracy), { provenance });
  }

  /** Fig 2: the first test images of eight classes with the saliency maps of the four models of the first seed. */
  async figure2(): Promise<Figure> {
    const { test } = await this.#laboratory.data();
    const indices = exampleImages(test, shownImages);
    const maps: [Method, Float32Array][] = [];
    for (const { method, task } of (await this.#plan()).examples)
      maps.push([method, await this.#laboratory.read(task, exampleMaps)]);
    const grid = {
      images: gather(test, indices),
      shape: test.shape,
      names: Array.from(indices, (index) => test.classes[test.labels[index] ?? 0] ?? ''),
      maps: Object.fromEntries(maps),
    };
    return figure2(grid, { provenance: await this.#provenance() });
  }

  /** Our numbers with the published ones beside them. */
  async table(): Promise<Table> {
    const provenance = await this.#provenance();
    const random = seeded(0).fork('table');
    return tableA3((await this.#removals()).map(roarTableRow), { provenance, random });
  }

  /** Accuracies of all four models. */
  async models(): Promise<Table> {
    return this.#modelTable(await this.#models());
  }

  /** One sentence on each claim of the section. */
  async claims(): Promise<Statements> {
    return new Statements(claimsA3(await this.#removals(), { random: seeded(0).fork('claims') }));
  }

  async exhibits(): Promise<Exhibit[]> {
    return [
      { name: 'a3-models', title: 'The four models', shown: await this.models() },
      { name: 'figure1', title: 'Figure 1: accuracy after removal', shown: await this.figure1() },
      { name: 'figure2', title: 'Figure 2: saliency maps', shown: await this.figure2() },
      { name: 'a3-removal', title: 'Remove and retrain', shown: await this.table() },
      { name: 'a3-claims', title: 'What the numbers say', shown: await this.claims() },
    ];
  }

  /** Every number, option and version, as plain JSON. */
  async results() {
    return {
      ...(await this.#laboratory.origin('a3')),
      models: (await this.#models()).map(({ method, seed, clean, robust, strong }) => ({
        ...{ method, seed, accuracy: clean.accuracy },
        ...{ robustAccuracy: robust.accuracy, strongAccuracy: strong.accuracy },
      })),
      removal: (await this.#removals()).map(roarAccuracy),
      claims: (await this.claims()).claims,
    };
  }

  #provenance(): Promise<Provenance> {
    return this.#laboratory.provenance(dependsOn);
  }

  async #plan(): Promise<A3Plan> {
    return a3Plan(await this.#laboratory.recipe());
  }

  /** Of one method, or of all. */
  async #models(only?: Method): Promise<ModelRow[]> {
    const rows: ModelRow[] = [];
    const read = (task: Task) => this.#laboratory.read(task, measurement);
    for (const { method, seed, clean, robust, strong } of (await this.#plan()).models) {
      if (only !== undefined && method !== only) continue;
      const accuracies = { clean: await read(clean), robust: await read(robust), strong: await read(strong) };
      rows.push({ method, seed, ...accuracies });
    }
    return rows;
  }

  /** By one method, or by all. */
  async #removals(only?: Removal): Promise<RemovalRow<Removal>[]> {
    const rows: RemovalRow<Removal>[] = [];
    for (const { task, ...row } of (await this.#plan()).removals) {
      if (only === undefined || row.method === only)
        rows.push({ ...row, ...(await this.#laboratory.read(task, measurement)) });
    }
    return rows;
  }

  async #modelTable(rows: readonly ModelRow[]): Promise<Table> {
    const { attack, evaluationSteps, strongAttack } = this.profile;
    const flat = rows.map(({ clean, robust, strong, ...row }) => ({
      ...row,
      clean: clean.accuracy,
      robust: robust.accuracy,
      strong: strong.accuracy,
    }));
    return tableModels(flat, {
      provenance: await this.#provenance(),
      attack: `PGD-ℓ2, ε = ${attack.epsilon}, ${evaluationSteps} steps`,
      strongAttack: `auto-PGD at the same radius (cross-entropy, then towards each other class; ${strongAttack.steps} steps each), on the first ${strongAttack.images} test images`,
    });
  }
}
