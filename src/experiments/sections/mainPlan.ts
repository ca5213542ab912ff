import type { AttributionOptions } from '../kinds/attribution.js';
import type { Profile } from '../profile.js';
import type { Recipe } from '../recipe.js';
import type { Task } from '../task.js';

/** The networks of the main paper: f, f′, and f with an explainer of the maps of f′, or of f. */
export type MainModel = 'standard' | 'pgd' | 'explainer' | 'explainerStandard';

/** The methods of its Table 1, and that of Table 2. */
export const mainMethods = [
  'random',
  'saliency',
  'integratedGradients',
  'deepLift',
  'gradientShap',
  'occlusion',
  'smoothGrad',
  'robustAttribution',
  'explainer',
  'explainerStandard',
] as const;
export type MainMethod = (typeof mainMethods)[number];

/** How many images the figure of maps shows, and how many the sanity check takes. */
export const shownImages = 6;
export const sanityImages = 40;
/** On how many test images an explainer's maps are compared with those that it learned. */
const agreementImages = 1000;
/** How often a latency is measured. */
const latencyRuns = 7;

/** All the tasks of the main paper, in the order of the methods and of the profile's seeds and levels. */
export interface MainPlan {
  readonly models: readonly {
    readonly model: MainModel;
    readonly seed: number;
    readonly clean: Task;
    /** Under PGD of the profile's radius. */
    readonly robust: Task;
  }[];
  readonly removals: readonly {
    readonly method: MainMethod;
    readonly seed: number;
    readonly level: number;
    readonly task: Task;
  }[];
  /** Of the first seed's models, by every method but chance. */
  readonly examples: readonly MethodTask[];
  readonly sanity: readonly MethodTask[];
  readonly latencies: readonly MethodTask[];
  /** How well the explainers of every seed have learned. */
  readonly agreements: readonly {
    readonly method: 'explainer' | 'explainerStandard';
    readonly seed: number;
    readonly task: Task;
  }[];
}

interface MethodTask {
  readonly method: MainMethod;
  readonly task: Task;
}

export function mainPlan(recipe: Recipe): MainPlan {
  const { profile } = recipe;
  const { seeds } = profile;
  const [first = 0] = seeds;
  const models: readonly MainModel[] = ['standard', 'pgd', 'explainer', 'explainerStandard'];
  const explained = mainMethods.filter((method) => method !== 'random');
  const each = (methods: readonly MainMethod[], task: (method: MainMethod, model: Task) => Task) =>
    methods.map((method) => ({ method, task: task(method, modelOf(recipe, method, first)) }));
  const options = (method: MainMethod) => attributionOf(profile, method);
  return {
    models: seeds.flatMap((seed) => models.map((model) => modelTasks(recipe, model, seed))),
    removals: mainMethods.flatMap((method) => seeds.flatMap((seed) => removalTasks(recipe, method, seed))),
    examples: each(explained, (method, model) =>
      recipe.examples(options(method), { model, count: shownImages, seed: first }),
    ),
    sanity: each(
      explained.filter((method) => method !== 'explainerStandard'),
      (method, model) => recipe.sanity(options(method), { model, images: sanityImages, seed: first }),
    ),
    latencies: each(
      explained.filter((method) => method !== 'explainerStandard'),
      (method, model) => recipe.latency(options(method), { model, runs: latencyRuns }),
    ),
    agreements: seeds.flatMap((seed) =>
      (['explainer', 'explainerStandard'] as const).map((method) => {
        const teacher = train(recipe, method === 'explainer' ? 'pgd' : 'standard', seed);
        const options = { teacher, images: agreementImages, seed };
        return { method, seed, task: recipe.agreement(train(recipe, method, seed), options) };
      }),
    ),
  };
}

function modelTasks(recipe: Recipe, model: MainModel, seed: number) {
  const { attack, evaluationSteps } = recipe.profile;
  const trained = train(recipe, model, seed);
  const robust = { kind: 'pgd', norm: 'l2', epsilon: attack.epsilon, steps: evaluationSteps } as const;
  return { model, seed, clean: recipe.accuracy(trained), robust: recipe.accuracy(trained, robust) };
}

function removalTasks(recipe: Recipe, method: MainMethod, seed: number) {
  const attribution = attributionOf(recipe.profile, method);
  // What draws nothing has one order of pixels whatever the seed.
  const draws = ['random', 'smoothGrad', 'gradientShap'].includes(attribution.method);
  const ranks = recipe.ranks(attribution, {
    ...(method !== 'random' && { model: modelOf(recipe, method, seed) }),
    seed: draws ? seed : 0,
  });
  return recipe.profile.levels
    .filter((level) => level > 0)
    .map((level) => ({ method, seed, level, task: recipe.retrain(ranks, { level, seed }) }));
}

/** The network that a method explains. */
function modelOf(recipe: Recipe, method: MainMethod, seed: number): Task {
  if (method === 'explainer' || method === 'explainerStandard') return train(recipe, method, seed);
  return train(recipe, method === 'robustAttribution' ? 'pgd' : 'standard', seed);
}

function train(recipe: Recipe, model: MainModel, seed: number): Task {
  switch (model) {
    case 'standard':
      return recipe.model({ method: 'standard' }, seed);
    case 'pgd':
      return recipe.model({ method: 'pgd', norm: 'l2', ...recipe.profile.attack }, seed);
    case 'explainer':
      return recipe.explainer(train(recipe, 'pgd', seed), seed);
    case 'explainerStandard':
      return recipe.explainer(train(recipe, 'standard', seed), seed);
  }
}

/** The paper's 4 pixels, or more where windows stand farther apart than that. */
export function occlusionWindow({ sampling }: Profile): number {
  return Math.max(4, sampling.occlusionStride);
}

function attributionOf(profile: Profile, method: MainMethod): AttributionOptions {
  const { smoothGrad, sampling } = profile;
  switch (method) {
    case 'integratedGradients':
      return { method, steps: sampling.integratedGradients };
    case 'gradientShap':
      return { method, samples: sampling.gradientShap, sigma: 0 };
    case 'occlusion':
      return { method, window: occlusionWindow(profile), stride: sampling.occlusionStride };
    case 'smoothGrad':
    case 'robustAttribution':
      return { method: 'smoothGrad', ...smoothGrad };
    case 'explainerStandard':
      return { method: 'explainer' };
    default:
      return { method };
  }
}
