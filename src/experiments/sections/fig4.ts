import { gather } from '../../data/batches.js';
import { boundScatter } from '../../figures/boundScatter.js';
import type { Figure } from '../../figures/figure.js';
import { figure4 } from '../../figures/figure4.js';
import { seeded } from '../../random.js';
import type { AlignmentMeasurement } from '../../tables/alignments.js';
import type { BoundMeasurement } from '../../tables/bounds.js';
import { claimsFigure4 } from '../../tables/claimsFigure4.js';
import { Statements } from '../../tables/statements.js';
import type { Provenance } from '../../tables/provenance.js';
import type { Table } from '../../tables/table.js';
import { tableAlignment } from '../../tables/tableAlignment.js';
import { tableBound } from '../../tables/tableBound.js';
import { tableRadii } from '../../tables/tableRadii.js';
import type { RadiusModel } from '../../tables/tableRadii.js';
import { alignmentResult } from '../kinds/alignment.js';
import { boundaryResult } from '../kinds/boundary.js';
import { exampleImages, exampleMaps } from '../kinds/examples.js';
import { measurement } from '../kinds/measure.js';
import type { Laboratory } from '../laboratory.js';
import type { Profile } from '../profile.js';
import type { Exhibit, Section, SectionDefinition } from '../section.js';
import { inEverySection, type Described } from '../shrunk.js';
import { settingsTable } from '../settings.js';
import { fig4Plan } from './fig4Plan.js';
import type { Fig4Plan } from './fig4Plan.js';

/** What of a profile decides this section's numbers, beside images and seeds. */
const dependsOn: readonly Described[] = [...inEverySection, 'attack', 'minimalAttack', 'epsilons'];

export const fig4 = {
  title: 'B. Alignment against the radius of adversarial training: Fig 4',
  notebook: 'fig4-alignment.ipynb',
  firstLook: true,
  tasks(recipe) {
    const { models, alignments, bounds, examples } = fig4Plan(recipe);
    return [
      ...models.flatMap(({ clean, robust }) => [clean, robust]),
      ...[...alignments, ...bounds, ...examples].map(({ task }) => task),
    ];
  },
  open: (laboratory) => new Fig4(laboratory),
} satisfies SectionDefinition<Fig4>;

/**
 * Figure 4 of the supplement, call by call: models of rising radius, alignment in both readings, and the inequality
 * behind it.
 *
 * A call computes what it needs and is not there yet; every result is kept in the store.
 */
export class Fig4 implements Section {
  readonly profile: Profile;
  readonly #laboratory: Laboratory;

  constructor(laboratory: Laboratory) {
    this.profile = laboratory.profile;
    this.#laboratory = laboratory;
  }

  /** What the profile asks for, on which data and device. */
  async settings(): Promise<Table> {
    const { epsilons, attack, evaluationSteps, minimalAttack } = this.profile;
    return settingsTable(this.profile, await this.#provenance(), {
      'PGD training': `ℓ2, ε = ${epsilons.filter((epsilon) => epsilon > 0).join(', ')}, ${attack.steps} steps`,
      'robust accuracy': `PGD-ℓ2, ε = ${attack.epsilon}, ${evaluationSteps} steps`,
      'minimal attack': `the nearer of DDN, ${minimalAttack.steps} steps, and DeepFool, on the first ${minimalAttack.images} test images`,
    });
  }

  /** Trains a model for every radius and seed; their clean and robust accuracy. */
  async models(): Promise<Table> {
    const { attack, evaluationSteps } = this.profile;
    return tableRadii(await this.#models(), {
      provenance: await this.#provenance(),
      attack: `PGD-ℓ2, ε = ${attack.epsilon}, ${evaluationSteps} steps`,
    });
  }

  /** Fig 4: alignment against ε, both readings of the gradient, the published curve beside the first. */
  async figure4(): Promise<Figure> {
    return figure4(await this.#alignments(), { provenance: await this.#provenance() });
  }

  /** Our numbers with the published ones beside them. */
  async table(): Promise<Table> {
    return tableAlignment(await this.#alignments(), { provenance: await this.#provenance() });
  }

  /** The terms of ρ(x) ≤ alignment + ξ, and how often a minimal attack goes farther. */
  async inequality(): Promise<Table> {
    return tableBound(await this.#bounds(), {
      provenance: await this.#provenance(),
      attack: `the nearer of DDN, ${this.profile.minimalAttack.steps} steps, and DeepFool`,
    });
  }

  /** The inequality image by image: two scatter plots linked by a click, with the picked image and its maps. */
  async scatter(): Promise<Figure> {
    const { test } = await this.#laboratory.data();
    const { examples, shownImages } = await this.#plan();
    const bounds = await this.#bounds();
    const indices = exampleImages(test, shownImages, 'inOrder');
    const shown = [];
    for (const { epsilon, task } of examples) {
      const own = bounds.find((row) => row.epsilon === epsilon && row.seed === this.profile.seeds[0]);
      if (own) shown.push({ ...own, maps: await this.#laboratory.read(task, exampleMaps) });
    }
    return boundScatter(
      {
        images: gather(test, indices),
        shape: test.shape,
        names: Array.from(indices, (index) => test.classes[test.labels[index] ?? 0] ?? ''),
      },
      shown,
      { provenance: await this.#provenance() },
    );
  }

  /** One sentence on each claim. */
  async claims(): Promise<Statements> {
    const measured = { alignments: await this.#alignments(), bounds: await this.#bounds() };
    return new Statements(claimsFigure4(measured, { random: seeded(0).fork('claims') }));
  }

  async exhibits(): Promise<Exhibit[]> {
    return [
      { name: 'fig4-models', title: 'Models of rising radius', shown: await this.models() },
      { name: 'figure4', title: 'Figure 4: alignment against ε', shown: await this.figure4() },
      { name: 'fig4-alignment', title: 'Mean alignment', shown: await this.table() },
      { name: 'fig4-inequality', title: 'The inequality', shown: await this.inequality() },
      { name: 'fig4-scatter', title: 'The inequality image by image', shown: await this.scatter() },
      { name: 'fig4-claims', title: 'What the numbers say', shown: await this.claims() },
    ];
  }

  /** Every number, option and version, as plain JSON. */
  async results() {
    const table = await this.table();
    return {
      ...(await this.#laboratory.origin('fig4')),
      models: await this.#models(),
      alignment: table.data.objects(),
      inequality: (await this.inequality()).data.objects(),
      claims: (await this.claims()).claims,
    };
  }

  #provenance(): Promise<Provenance> {
    return this.#laboratory.provenance(dependsOn);
  }

  async #plan(): Promise<Fig4Plan> {
    return fig4Plan(await this.#laboratory.recipe());
  }

  async #models(): Promise<RadiusModel[]> {
    const rows: RadiusModel[] = [];
    for (const { clean, robust, ...row } of (await this.#plan()).models) {
      rows.push({
        ...row,
        clean: (await this.#laboratory.read(clean, measurement)).accuracy,
        robust: (await this.#laboratory.read(robust, measurement)).accuracy,
      });
    }
    return rows;
  }

  async #alignments(): Promise<AlignmentMeasurement[]> {
    const rows: AlignmentMeasurement[] = [];
    for (const { task, ...row } of (await this.#plan()).alignments) {
      const { values } = await this.#laboratory.read(task, alignmentResult);
      rows.push({ ...row, values });
    }
    return rows;
  }

  async #bounds(): Promise<BoundMeasurement[]> {
    const rows: BoundMeasurement[] = [];
    for (const { task, ...row } of (await this.#plan()).bounds) {
      const { distance, alignment, xi, minimal } = await this.#laboratory.read(task, boundaryResult);
      const count = minimal.length;
      rows.push({
        ...row,
        alignment: alignment.subarray(0, count),
        xi: xi.subarray(0, count),
        linearised: distance.subarray(0, count),
        attacked: minimal,
      });
    }
    return rows;
  }
}
