import type { PgdSetting } from '../../tables/settings.js';
import type { Profile, Row } from '../profile.js';
import type { Recipe } from '../recipe.js';
import type { Task } from '../task.js';

/** How many images Figure 3 shows. */
export const shownImages = 8;

/** One row of Table 1 with one seed. */
export interface RowTasks {
  readonly setting: PgdSetting;
  readonly seed: number;
  /** Steps that the attack takes in training, in place of the published t. */
  readonly steps: number;
  readonly clean: Task;
  /** Under PGD of the row's norm and radius. */
  readonly robust: Task;
  /** Removal by SmoothGrad of the row's model and retraining, by rising level. */
  readonly removals: readonly { readonly level: number; readonly task: Task }[];
}

/** All the tasks of Table 1 and Figure 3. */
export interface Table1Plan {
  readonly rows: readonly RowTasks[];
  /** Saliency maps of the first seed's models by radius of PGD-ℓ2 training; 0: the standard model. */
  readonly examples: readonly { readonly epsilon: number; readonly task: Task }[];
  /** The attack on one image of the standard model. */
  readonly path: Task;
}

export function table1Plan(recipe: Recipe): Table1Plan {
  const { profile } = recipe;
  const [first = 0] = profile.seeds;
  const standard = recipe.model({ method: 'standard' }, first);
  return {
    rows: profile.seeds.flatMap((seed) => profile.rows.map((row) => rowTasks(recipe, row, seed))),
    examples: [
      { epsilon: 0, model: standard },
      ...shownRows(profile).map((row) => ({ epsilon: row.epsilon, model: modelOf(recipe, row, first) })),
    ].map(({ epsilon, model }) => ({
      epsilon,
      task: recipe.examples({ method: 'saliency' }, { model, count: shownImages, seed: first }),
    })),
    path: pathTask(recipe, null),
  };
}

/** The attack on one test image of the standard model; null: the first image that it gets right. */
export function pathTask(recipe: Recipe, image: number | null): Task {
  const { seeds, attack, evaluationSteps } = recipe.profile;
  const model = recipe.model({ method: 'standard' }, seeds[0] ?? 0);
  return recipe.path(model, {
    image,
    attack: { norm: 'l2', epsilon: attack.epsilon, steps: evaluationSteps },
  });
}

function rowTasks(recipe: Recipe, row: Row, seed: number): RowTasks {
  const { evaluationSteps, smoothGrad, levels } = recipe.profile;
  const { norm, epsilon, steps, published } = row;
  const model = modelOf(recipe, row, seed);
  const ranks = recipe.ranks({ method: 'smoothGrad', ...smoothGrad }, { model, seed });
  return {
    setting: { norm, epsilon, t: published },
    seed,
    steps,
    clean: recipe.accuracy(model),
    robust: recipe.accuracy(model, { kind: 'pgd', norm, epsilon, steps: evaluationSteps }),
    removals: levels
      .filter((level) => level > 0)
      .sort((a, b) => a - b)
      .map((level) => ({ level, task: recipe.retrain(ranks, { level, seed }) })),
  };
}

function modelOf(recipe: Recipe, { norm, epsilon, steps }: Row, seed: number): Task {
  return recipe.model({ method: 'pgd', norm, epsilon, steps }, seed);
}

/** The ℓ2 rows by rising radius; of rows with one radius the one with the smallest t, as Figure 3 has one map for each ε. */
function shownRows({ rows }: Profile): Row[] {
  const l2 = rows.filter(({ norm }) => norm === 'l2').sort((a, b) => a.published - b.published);
  return [...new Map(l2.toReversed().map((row) => [row.epsilon, row])).values()].sort(
    (a, b) => a.epsilon - b.epsilon,
  );
}
