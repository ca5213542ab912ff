import type { AlignmentReading } from '../../tables/alignments.js';
import { alignmentReadings } from '../../tables/alignments.js';
import type { Recipe } from '../recipe.js';
import type { Task } from '../task.js';

/** How many images the scatter plots show at most: all can be clicked, so each carries its pictures. */
const mostPoints = 200;
/** How many radii they show at most. */
const mostRadii = 3;

/** All the tasks of Figure 4, in the order of the profile's seeds and radii. */
export interface Fig4Plan {
  /** Clean and robust accuracy of the models. */
  readonly models: readonly {
    readonly seed: number;
    readonly epsilon: number;
    readonly clean: Task;
    /** Under PGD at the attack radius of the profile, the same for all models. */
    readonly robust: Task;
  }[];
  readonly alignments: readonly {
    readonly seed: number;
    readonly epsilon: number;
    readonly reading: AlignmentReading;
    readonly task: Task;
  }[];
  readonly bounds: readonly { readonly seed: number; readonly epsilon: number; readonly task: Task }[];
  /** Saliency maps of the first test images, from the first seed's models at a few radii. */
  readonly examples: readonly { readonly epsilon: number; readonly task: Task }[];
  /** How many images `examples` shows. */
  readonly shownImages: number;
}

export function fig4Plan(recipe: Recipe): Fig4Plan {
  const { epsilons, seeds, attack, evaluationSteps, minimalAttack } = recipe.profile;
  const model = (epsilon: number, seed: number) =>
    recipe.model(
      epsilon === 0 ? { method: 'standard' } : { method: 'pgd', norm: 'l2', epsilon, steps: attack.steps },
      seed,
    );
  const cells = seeds.flatMap((seed) => epsilons.map((epsilon) => ({ seed, epsilon })));
  const [first = 0] = seeds;
  const shownImages = Math.min(mostPoints, minimalAttack.images, recipe.profile.test ?? Infinity);
  return {
    models: cells.map(({ seed, epsilon }) => {
      const trained = model(epsilon, seed);
      const robust = { kind: 'pgd', norm: 'l2', epsilon: attack.epsilon, steps: evaluationSteps } as const;
      return { seed, epsilon, clean: recipe.accuracy(trained), robust: recipe.accuracy(trained, robust) };
    }),
    alignments: cells.flatMap(({ seed, epsilon }) =>
      alignmentReadings.map((reading) => ({
        seed,
        epsilon,
        reading,
        task: recipe.alignment(model(epsilon, seed), { signed: reading === 'signed' }),
      })),
    ),
    bounds: cells.map(({ seed, epsilon }) => ({
      seed,
      epsilon,
      task: recipe.boundary(model(epsilon, seed)),
    })),
    examples: spread(epsilons, mostRadii).map((epsilon) => ({
      epsilon,
      task: recipe.examples(
        { method: 'saliency' },
        { model: model(epsilon, first), count: shownImages, seed: 0, selection: 'inOrder' },
      ),
    })),
    shownImages,
  };
}

/** At most `count` of the values, from the least to the greatest, evenly spread over their ranks. */
function spread(values: readonly number[], count: number): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length <= count) return sorted;
  return Array.from(
    { length: count },
    (_, i) => sorted[Math.round((i * (sorted.length - 1)) / (count - 1))] ?? 0,
  );
}
