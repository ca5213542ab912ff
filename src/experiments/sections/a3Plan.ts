import type { Defense } from '../kinds/model.js';
import type { Profile } from '../profile.js';
import type { Recipe } from '../recipe.js';
import type { Task } from '../task.js';

/** The four models of section A3. */
export type Method = 'standard' | 'distilled' | 'jacobian' | 'pgd';
/** What decides which pixels are removed; 'random' and 'mask' are controls. */
export type Removal = Method | 'random' | 'mask';

export const methods: readonly Method[] = ['standard', 'distilled', 'jacobian', 'pgd'];
export const removals: readonly Removal[] = [...methods, 'random', 'mask'];

/** How many images Figure 2 shows. */
export const shownImages = 8;

/** A model's accuracies on the test set. */
export interface ModelTasks {
  readonly method: Method;
  readonly seed: number;
  readonly clean: Task;
  /** Under PGD at the radius of adversarial training. */
  readonly robust: Task;
  /** Under the strong attack at that radius, on the first test images. */
  readonly strong: Task;
}

/** Accuracy after removal and retraining. */
export interface RemovalTask {
  readonly method: Removal;
  readonly seed: number;
  readonly level: number;
  readonly task: Task;
}

/** All the tasks of section A3, in the order of the profile's seeds and levels. */
export interface A3Plan {
  readonly models: readonly ModelTasks[];
  readonly removals: readonly RemovalTask[];
  /** Saliency maps of the first seed's models. */
  readonly examples: readonly { readonly method: Method; readonly task: Task }[];
}

export function a3Plan(recipe: Recipe): A3Plan {
  const { seeds } = recipe.profile;
  const [first = 0] = seeds;
  return {
    models: methods.flatMap((method) => seeds.map((seed) => modelTasks(recipe, method, seed))),
    removals: removals.flatMap((method) => seeds.flatMap((seed) => removalTasks(recipe, method, seed))),
    examples: methods.map((method) => {
      const model = recipe.model(defense(recipe.profile, method), first);
      const options = { model, count: shownImages, seed: first };
      return { method, task: recipe.examples({ method: 'saliency' }, options) };
    }),
  };
}

function modelTasks(recipe: Recipe, method: Method, seed: number): ModelTasks {
  const { attack, evaluationSteps, strongAttack } = recipe.profile;
  const model = recipe.model(defense(recipe.profile, method), seed);
  const ball = { norm: 'l2', epsilon: attack.epsilon } as const;
  return {
    method,
    seed,
    clean: recipe.accuracy(model),
    robust: recipe.accuracy(model, { kind: 'pgd', ...ball, steps: evaluationSteps }),
    strong: recipe.accuracy(model, { kind: 'strong', ...ball, ...strongAttack }),
  };
}

function removalTasks(recipe: Recipe, method: Removal, seed: number): RemovalTask[] {
  const { profile } = recipe;
  // The mask control takes the standard model's masks; with nothing removed all masks are alike and empty.
  const explained = method === 'random' ? undefined : method === 'mask' ? 'standard' : method;
  const ranks = explained
    ? recipe.ranks(
        { method: 'saliency' },
        { model: recipe.model(defense(profile, explained), seed), seed: 0 },
      )
    : recipe.ranks({ method: 'random' }, { seed });
  const view = method === 'mask' ? 'mask' : 'removed';
  return profile.levels
    .filter((level) => level > 0 || method !== 'mask')
    .map((level) => ({ method, seed, level, task: recipe.retrain(ranks, { level, seed, view }) }));
}

/** How a method's model is trained. */
function defense({ attack, temperature, lambda }: Profile, method: Method): Defense {
  switch (method) {
    case 'standard':
      return { method };
    case 'distilled':
      return { method, temperature };
    case 'jacobian':
      return { method, lambda };
    case 'pgd':
      return { method, norm: 'l2', ...attack };
  }
}
