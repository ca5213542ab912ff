import { gather } from '../../data/batches.js';
import { attackPathFigure } from '../../figures/attackPathFigure.js';
import type { Figure } from '../../figures/figure.js';
import { figure3, figure3Slider } from '../../figures/figure3.js';
import type { RadiusMaps } from '../../figures/figure3.js';
import { heatMap } from '../../figures/heatMap.js';
import { seeded } from '../../random.js';
import { claimsTable1 } from '../../tables/claimsTable1.js';
import { normName, radiusName } from '../../tables/settings.js';
import type { PgdSetting } from '../../tables/settings.js';
import { Statements } from '../../tables/statements.js';
import { table1 as makeTable1 } from '../../tables/table1.js';
import type { SweepModel } from '../../tables/table1.js';
import type { Provenance } from '../../tables/provenance.js';
import type { Table } from '../../tables/table.js';
import { exampleImages, exampleMaps } from '../kinds/examples.js';
import { measurement } from '../kinds/measure.js';
import type { Measurement } from '../kinds/measure.js';
import { pathResult } from '../kinds/path.js';
import type { Laboratory } from '../laboratory.js';
import type { Profile } from '../profile.js';
import type { Exhibit, Section, SectionDefinition } from '../section.js';
import { inEverySection, type Described } from '../shrunk.js';
import { settingsTable } from '../settings.js';
import { pathTask, shownImages, table1Plan } from './table1Plan.js';
import type { RowTasks, Table1Plan } from './table1Plan.js';

/** What of a profile decides this section's numbers, beside images and seeds. */
const dependsOn: readonly Described[] = [...inEverySection, 'rows', 'smoothGrad', 'levels'];

export const table1 = {
  title: 'B. PGD hyperparameters: Table 1, Fig 3',
  notebook: 'table1-sweep.ipynb',
  tasks(recipe) {
    const { rows, examples, path } = table1Plan(recipe);
    return [
      ...rows.flatMap(({ clean, robust, removals }) => [clean, robust, ...removals.map(({ task }) => task)]),
      ...examples.map(({ task }) => task),
      path,
    ];
  },
  open: (laboratory) => new Table1(laboratory),
} satisfies SectionDefinition<Table1>;

/** Accuracy after removal and retraining. */
interface RemovalRow extends Measurement {
  readonly setting: PgdSetting;
  readonly seed: number;
  readonly level: number;
}

/**
 * Section B of the supplement, call by call: PGD, the models of Table 1, removal and retraining, Figure 3 and what they
 * say.
 *
 * A call computes what it needs and is not there yet; every result is kept in the store.
 */
export class Table1 implements Section {
  readonly profile: Profile;
  readonly #laboratory: Laboratory;

  constructor(laboratory: Laboratory) {
    this.profile = laboratory.profile;
    this.#laboratory = laboratory;
  }

  /** What the profile asks for, on which data and device. */
  async settings(): Promise<Table> {
    const { rows, smoothGrad, evaluationSteps, levels } = this.profile;
    const radii = (norm: 'l2' | 'linf') => {
      const own = [...new Set(rows.filter((row) => row.norm === norm).map(radiusName))];
      return own.length ? `${normName(norm)} ε = ${own.join(', ')}` : `no ${normName(norm)}`;
    };
    return settingsTable(this.profile, await this.#provenance(), {
      'rows of Table 1': `${rows.length} of 14: ${radii('l2')}; ${radii('linf')}; ${[...new Set(rows.map(({ steps }) => steps))].join(', ')} steps`,
      SmoothGrad: `${smoothGrad.samples} samples, σ = ${smoothGrad.sigma}`,
      'robust accuracy': `PGD of the training's norm and ε, ${evaluationSteps} steps`,
      'pixels removed': levels.map((level) => `${Math.round(level * 100)} %`).join(', '),
    });
  }

  /**
   * One image's way through PGD-ℓ2 on the standard model, with a slider for the step.
   *
   * @param options - `image`: which test image; default the first that the model gets right.
   */
  async attackPath({ image }: { image?: number } = {}): Promise<Figure> {
    const { test } = await this.#laboratory.data();
    const task = pathTask(await this.#laboratory.recipe(), image ?? null);
    const path = await this.#laboratory.read(task, pathResult);
    const shown = {
      ...path,
      shape: test.shape,
      label: test.labels[path.image] ?? 0,
      classes: test.classes,
      model: 'standard model',
      norm: 'l2' as const,
      epsilon: this.profile.attack.epsilon,
    };
    return attackPathFigure(shown, { provenance: await this.#provenance() });
  }

  /** Trains the models of the rows of one norm, or of all, and removes and retrains; the rows of Table 1. */
  async rows(norm?: 'l2' | 'linf'): Promise<Table> {
    const models: SweepModel[] = [];
    const rows: RemovalRow[] = [];
    for (const row of (await this.#plan()).rows) {
      if (norm !== undefined && row.setting.norm !== norm) continue;
      models.push(await this.#model(row));
      rows.push(...(await this.#removals(row)));
    }
    return makeTable1(
      { models, rows },
      {
        provenance: await this.#provenance(),
        attack: `${this.profile.evaluationSteps} steps`,
      },
    );
  }

  /** Table 1, with the published value in each cell. */
  async table(): Promise<Table> {
    return this.rows();
  }

  /** Table 1 in colour, this run beside the published numbers. */
  async heatMap(): Promise<Figure> {
    return heatMap(await this.#allRemovals(), { provenance: await this.#provenance() });
  }

  /** Fig 3: saliency maps of the first seed's models, one column for each ε. */
  async figure3(): Promise<Figure> {
    return figure3(await this.#radiusMaps(), { provenance: await this.#provenance() });
  }

  /** Fig 3 with a slider for ε. */
  async figure3Slider(): Promise<Figure> {
    return figure3Slider(await this.#radiusMaps(), { provenance: await this.#provenance() });
  }

  /** One sentence on each claim of the section. */
  async claims(): Promise<Statements> {
    return new Statements(claimsTable1(await this.#allRemovals(), { random: seeded(0).fork('claims') }));
  }

  async exhibits(): Promise<Exhibit[]> {
    return [
      { name: 'table1-path', title: "One image's way through PGD", shown: await this.attackPath() },
      { name: 'table1', title: 'Table 1: remove and retrain', shown: await this.table() },
      { name: 'table1-heat', title: 'Table 1 as a heat map', shown: await this.heatMap() },
      { name: 'figure3', title: 'Figure 3: saliency maps against ε', shown: await this.figure3() },
      { name: 'figure3-slider', title: 'Figure 3 with a slider', shown: await this.figure3Slider() },
      { name: 'table1-claims', title: 'What the numbers say', shown: await this.claims() },
    ];
  }

  /** Every number, option and version, as plain JSON. */
  async results() {
    return {
      ...(await this.#laboratory.origin('table1')),
      rows: (await this.table()).data.objects(),
      removal: (await this.#allRemovals()).map(({ setting, seed, level, accuracy, correct }) => ({
        ...{ ...setting, seed, level, accuracy, n: correct.length },
      })),
      claims: (await this.claims()).claims,
    };
  }

  #provenance(): Promise<Provenance> {
    return this.#laboratory.provenance(dependsOn);
  }

  async #plan(): Promise<Table1Plan> {
    return table1Plan(await this.#laboratory.recipe());
  }

  async #model({ setting, seed, steps, clean, robust }: RowTasks): Promise<SweepModel> {
    const accuracies = {
      clean: (await this.#laboratory.read(clean, measurement)).accuracy,
      robust: (await this.#laboratory.read(robust, measurement)).accuracy,
    };
    return { setting, seed, steps, ...accuracies };
  }

  async #removals({ setting, seed, removals }: RowTasks): Promise<RemovalRow[]> {
    const rows: RemovalRow[] = [];
    for (const { level, task } of removals)
      rows.push({ setting, seed, level, ...(await this.#laboratory.read(task, measurement)) });
    return rows;
  }

  async #allRemovals(): Promise<RemovalRow[]> {
    const rows: RemovalRow[] = [];
    for (const row of (await this.#plan()).rows) rows.push(...(await this.#removals(row)));
    return rows;
  }

  async #radiusMaps(): Promise<RadiusMaps> {
    const { test } = await this.#laboratory.data();
    const indices = exampleImages(test, shownImages);
    const byRadius = [];
    for (const { epsilon, task } of (await this.#plan()).examples)
      byRadius.push({ epsilon, maps: await this.#laboratory.read(task, exampleMaps) });
    return {
      images: gather(test, indices),
      shape: test.shape,
      names: Array.from(indices, (index) => test.classes[test.labels[index] ?? 0] ?? ''),
      byRadius,
    };
  }
}
