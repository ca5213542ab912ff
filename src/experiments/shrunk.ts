import { profiles } from './profileList.js';
import type { Settings, TrainingSettings } from './profile.js';

/** Options whose changes can be said; the name of a profile is said beside them. */
export type Described = Exclude<keyof Settings, 'name'>;

/** Phrases on one option where it is not the paper's; `base` is what the profile of that name has, `all` are all options. */
type Phrases<Name extends Described> = (
  own: Settings[Name],
  beside: { readonly paper: Settings[Name]; readonly base: Settings[Name]; readonly all: Settings },
) => readonly (string | false)[];

const schedules: Readonly<Record<TrainingSettings['schedule'], string>> = {
  step: 'a step schedule',
  oneCycle: 'a one-cycle schedule',
  constant: 'a constant learning rate',
};

const phrases: { readonly [Name in Described]: Phrases<Name> } = {
  dataset: (own) => [own === 'shapes' && 'generated shapes', own === 'own' && 'own images'],
  train: (own) => [own !== undefined && `${own.toLocaleString('en')} training images`],
  test: (own) => [own !== undefined && `${own.toLocaleString('en')} test images`],
  network: (own) => [
    own.kind === 'resnet18'
      ? `ResNet-18 of width ${own.width}`
      : `a small ResNet of ${[own.stem, ...own.widths].join('-')} channels`,
  ],
  training: (own, { paper, base }) => [
    own.epochs !== paper.epochs && `${own.epochs} epochs`,
    own.schedule !== paper.schedule && schedules[own.schedule],
    // How steps are taken is no matter of scale: it is said where the user chose it.
    own.batchSize !== base.batchSize && `batches of ${own.batchSize}`,
    own.learningRate !== base.learningRate && `learning rate ${own.learningRate}`,
    own.weightDecay !== base.weightDecay && `weight decay ${own.weightDecay}`,
    own.augment !== paper.augment && (own.augment ? 'augmented' : 'no augmentation'),
  ],
  precision: (own) => [own],
  attributionPrecision: (own) => [`attribution in ${own}`],
  evaluationPrecision: (own) => [`evaluation in ${own}`],
  attack: (own, { paper }) => [
    own.epsilon !== paper.epsilon && `PGD radius ε = ${own.epsilon}`,
    own.steps !== paper.steps && `${own.steps} attack steps`,
  ],
  rows: (own, { paper, all }) => [
    ...new Set(
      own.flatMap(({ steps, published }) => (steps === published ? [] : rowSteps(steps, all.attack.steps))),
    ),
    own.length === paper.length
      ? 'other rows of Table 1'
      : `${own.length} ${own.length === 1 ? 'row' : 'rows'} of Table 1, not ${paper.length}`,
  ],
  evaluationSteps: (own) => [`robust accuracy by ${own} attack steps`],
  strongAttack: (own) => [`strong attack of ${own.steps} steps on ${own.images} images`],
  temperature: (own) => [`T = ${own}`],
  lambda: (own) => [`Jacobian λ = ${own}`],
  smoothGrad: (own, { paper }) => [
    own.samples !== paper.samples && `SmoothGrad of ${own.samples} samples`,
    own.sigma !== paper.sigma && `SmoothGrad σ = ${own.sigma}`,
  ],
  explainer: (own, { paper }) => [
    own.lambda !== paper.lambda && `explainer λ = ${own.lambda}`,
    String(own.filters) !== String(paper.filters) && `explainer of ${own.filters.join('-')} filters`,
  ],
  sampling: (own, { paper }) => [
    own.integratedGradients !== paper.integratedGradients &&
      `Integrated Gradients of ${own.integratedGradients} steps`,
    own.gradientShap !== paper.gradientShap && `GradientSHAP of ${own.gradientShap} samples`,
    own.occlusionStride !== paper.occlusionStride && `Occlusion every ${own.occlusionStride} pixels`,
  ],
  minimalAttack: (own) => [`minimal attack of ${own.steps} steps on ${own.images} images`],
  epsilons: (own) => [`Figure 4 at ε = ${[...own].sort((a, b) => a - b).join(', ')}`],
  levels: (own) => [
    `removal of ${own
      .filter((level) => level > 0)
      .map(percent)
      .join(', ')} %`,
  ],
  seeds: (own, { paper }) => [
    own.length !== paper.length && (own.length === 1 ? 'one seed' : `${own.length} seeds`),
  ],
};

/** Said once where Table 1 takes as many steps as the other sections. */
function rowSteps(steps: number, others: number): string {
  return steps === others ? `${steps} attack steps` : `${steps} attack steps in Table 1`;
}

/** What every section's numbers depend on, beside images and seeds. */
export const inEverySection: readonly Described[] = [
  'network',
  'training',
  'precision',
  'attributionPrecision',
  'evaluationPrecision',
];

// The literal has these keys and no others.
const everyOption = Object.keys(phrases) as readonly Described[];

/**
 * What a profile takes less of than the paper, or otherwise, in words for captions: 'ResNet-18 of width 32, 10 epochs';
 * 'nothing' at the published scale.
 *
 * @param options - Which options count; default all.
 */
export function shrunkOf(profile: Settings, options: readonly Described[] = everyOption): string {
  const found = options.flatMap((option) => phrasesOn(profile, option));
  return found.length > 0 ? [...new Set(found)].join(', ') : 'nothing';
}

function phrasesOn<Name extends Described>(profile: Settings, option: Name): string[] {
  const [own, paper, base] = [profile, profiles.paper, profiles[profile.name]].map((one) => one[option]) as [
    Settings[Name],
    Settings[Name],
    Settings[Name],
  ];
  if (JSON.stringify(own) === JSON.stringify(paper)) return [];
  const write: Phrases<Name> = phrases[option];
  return write(own, { paper, base, all: profile }).filter((phrase) => phrase !== false);
}

function percent(level: number): number {
  return Number((100 * level).toFixed(1));
}
