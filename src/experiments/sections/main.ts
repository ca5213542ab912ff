import { gather } from '../../data/batches.js';
import type { Figure } from '../../figures/figure.js';
import { mapGrid, mapScale } from '../../figures/mapGrid.js';
import { roarCurves } from '../../figures/roarCurves.js';
import { sanityFigure } from '../../figures/sanityFigure.js';
import { seeded } from '../../random.js';
import { claimsMain } from '../../tables/claimsMain.js';
import { describeProvenance } from '../../tables/provenance.js';
import type { Provenance } from '../../tables/provenance.js';
import { publishedMain, publishedMainAccuracy } from '../../tables/publishedMain.js';
import { roarTable } from '../../tables/roarTable.js';
import { Statements } from '../../tables/statements.js';
import type { Table } from '../../tables/table.js';
import { tableAgreement } from '../../tables/tableAgreement.js';
import { tableLatency } from '../../tables/tableLatency.js';
import { tableModels } from '../../tables/tableModels.js';
import { exampleImages, exampleMaps } from '../kinds/examples.js';
import type { Laboratory } from '../laboratory.js';
import type { Profile } from '../profile.js';
import type { Exhibit, Section, SectionDefinition } from '../section.js';
import { inEverySection, type Described } from '../shrunk.js';
import { describe, settingsTable } from '../settings.js';
import { mainMethods, mainPlan, occlusionWindow, shownImages } from './mainPlan.js';
import { MainNumbers } from './mainNumbers.js';
import type { MainMethod, MainModel } from './mainPlan.js';
import { roarAccuracy, roarTableRow } from './removalRow.js';

/** What of a profile decides this section's numbers, beside images and seeds. */
const dependsOn: readonly Described[] = [
  ...inEverySection,
  'attack',
  'smoothGrad',
  'sampling',
  'explainer',
  'levels',
];

export const main = {
  title: 'Main paper: robust attribution and the explainer. Tables 1–3, Fig 5',
  notebook: 'main-paper.ipynb',
  tasks(recipe) {
    const { models, removals, examples, sanity, latencies, agreements } = mainPlan(recipe);
    return [
      ...models.flatMap(({ clean, robust }) => [clean, robust]),
      ...[...removals, ...examples, ...sanity, ...latencies, ...agreements].map(({ task }) => task),
    ];
  },
  open: (laboratory) => new Main(laboratory),
} satisfies SectionDefinition<Main>;

const ablation: readonly MainMethod[] = ['explainer', 'explainerStandard'];
const inTable1 = mainMethods.filter((method) => method !== 'explainerStandard');

/**
 * The main paper, call by call: its networks, removal and retraining by nine methods, the ablation, maps, the sanity check
 * and latency.
 *
 * A call computes what it needs and is not there yet; every result is kept in the store.
 */
export class Main implements Section {
  readonly profile: Profile;
  readonly #laboratory: Laboratory;
  readonly #numbers: MainNumbers;

  constructor(laboratory: Laboratory) {
    this.profile = laboratory.profile;
    this.#laboratory = laboratory;
    this.#numbers = new MainNumbers(laboratory);
  }

  /** What the profile asks for, on which data and device. */
  async settings(): Promise<Table> {
    const { attack, smoothGrad, explainer, sampling, levels } = this.profile;
    const window = occlusionWindow(this.profile);
    return settingsTable(this.profile, await this.#provenance(), {
      "robust model f'": `PGD-ℓ2, ${describe(attack)}`,
      'robust attribution': `${smoothGrad.samples} samples, σ = ${smoothGrad.sigma}`,
      explainer: `λ = ${explainer.lambda}, deconvolutions ${explainer.filters.join('-')}`,
      'other methods': `Integrated Gradients ${sampling.integratedGradients} steps, GradientSHAP ${sampling.gradientShap} samples, Occlusion ${window} × ${window} every ${sampling.occlusionStride} pixels`,
      'pixels removed': levels.map((level) => `${Math.round(level * 100)} %`).join(', '),
    });
  }

  /** Trains the networks of every seed, one kind or all; their clean and robust accuracy. */
  async models(only?: MainModel): Promise<Table> {
    const { attack, evaluationSteps } = this.profile;
    return tableModels(await this.#numbers.models(only), {
      provenance: await this.#provenance(),
      attack: `PGD-ℓ2, ε = ${attack.epsilon}, ${evaluationSteps} steps`,
    });
  }

  /** How well the explainers have learned the maps that they were given. */
  async agreement(): Promise<Table> {
    return tableAgreement(await this.#numbers.agreements(), { provenance: await this.#provenance() });
  }

  /** Removes what a method ranks highest, and retrains, for every level and seed. */
  async roar(method: MainMethod): Promise<Table> {
    return this.#roarTable([method], {
      title: 'Accuracy after removal and retraining',
      source: 'Tables 1 and 2',
    });
  }

  /** Table 1: accuracy after removal by nine methods, the published one beside each. */
  async table1(): Promise<Table> {
    return this.#roarTable(inTable1, {
      title: 'Table 1: accuracy after removing the highest-ranked pixels and retraining',
      source: 'Table 1',
    });
  }

  /** Table 2: the explainer aligned to the robust model's maps, and to the standard one's. */
  async table2(): Promise<Table> {
    return this.#roarTable(ablation, {
      title: 'Table 2: the explainer, and one aligned to the maps of the standard model',
      source: 'Tables 1 and 2',
    });
  }

  /** Table 1 as curves. */
  async curves(): Promise<Figure> {
    return roarCurves((await this.#numbers.removals(inTable1)).map(roarAccuracy), {
      name: 'curves',
      provenance: await this.#provenance(),
      title: 'Accuracy after removal by nine methods, and retraining',
      ranking: 'Pixels are ranked by each method',
      published: publishedMain.filter(({ method }) => method !== 'explainerStandard'),
    });
  }

  /** Maps of the first seed's networks by every method. */
  async maps(): Promise<Figure> {
    const { test } = await this.#laboratory.data();
    const indices = exampleImages(test, shownImages);
    const maps: [MainMethod, Float32Array][] = [];
    for (const { method, task } of (await this.#numbers.plan()).examples)
      maps.push([method, await this.#laboratory.read(task, exampleMaps)]);
    const grid = {
      ...{ images: gather(test, indices), shape: test.shape },
      names: Array.from(indices, (index) => test.classes[test.labels[index] ?? 0] ?? ''),
      maps: Object.fromEntries(maps),
    };
    return mapGrid(grid, {
      ...{ name: 'maps', title: 'Maps of every method' },
      caption: [
        `Of the predicted class; ${mapScale} A map that is flat but for single points ranks next to nothing.`,
        describeProvenance(await this.#provenance()),
      ],
      side: 72,
    });
  }

  /** Fig 5: similarity of maps before and after the last block of the explained network became noise. */
  async sanity(): Promise<Figure> {
    return sanityFigure(await this.#numbers.sanity(), { provenance: await this.#provenance() });
  }

  /** Table 3: how long each method takes for one image, on this device. */
  async latency(): Promise<Table> {
    return tableLatency(await this.#numbers.latencies(), { provenance: await this.#provenance() });
  }

  /** One sentence on each claim. */
  async claims(): Promise<Statements> {
    const random = seeded(0).fork('claims');
    const agreements = await this.#numbers.agreements();
    const learned = agreements.filter(({ method }) => method === 'explainer').map(({ values }) => values);
    return new Statements(claimsMain(await this.#numbers.removals(), { random, learned }));
  }

  async exhibits(): Promise<Exhibit[]> {
    return [
      { name: 'main-models', title: 'The networks', shown: await this.models() },
      { name: 'main-agreement', title: 'How well the explainers learned', shown: await this.agreement() },
      { name: 'main-table1', title: 'Main Table 1: remove and retrain', shown: await this.table1() },
      { name: 'main-curves', title: 'Main Table 1 as curves', shown: await this.curves() },
      { name: 'main-table2', title: 'Main Table 2: ablation', shown: await this.table2() },
      { name: 'main-maps', title: 'Maps of every method', shown: await this.maps() },
      { name: 'main-sanity', title: 'Main Figure 5: sanity check', shown: await this.sanity() },
      { name: 'main-latency', title: 'Main Table 3: latency', shown: await this.latency() },
      { name: 'main-claims', title: 'What the numbers say', shown: await this.claims() },
    ];
  }

  /** Every number, option and version, as plain JSON. */
  async results() {
    return {
      ...(await this.#laboratory.origin('main')),
      models: await this.#numbers.models(),
      removal: (await this.#numbers.removals()).map(roarAccuracy),
      agreement: (await this.agreement()).data.objects(),
      sanity: await this.#numbers.sanity(),
      latency: await this.#numbers.latencies(),
      claims: (await this.claims()).claims,
    };
  }

  #provenance(): Promise<Provenance> {
    return this.#laboratory.provenance(dependsOn);
  }

  async #roarTable(
    methods: readonly MainMethod[],
    { title, source }: { title: string; source: string },
  ): Promise<Table> {
    return roarTable((await this.#numbers.removals(methods)).map(roarTableRow), {
      name: 'roarTable',
      random: seeded(0).fork('table'),
      provenance: await this.#provenance(),
      title,
      source,
      published: publishedMainAccuracy,
    });
  }
}
