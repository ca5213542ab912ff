import type { Defense } from './kinds/model.js';
import { Laboratory } from './laboratory.js';
import type { Measurement } from './laboratory.js';
import type { Profile } from './profiles.js';

/** The four models of section A3. */
export type Method = 'standard' | 'distilled' | 'jacobian' | 'pgd';
/** What decides which pixels are removed; 'random' and 'mask' are controls. */
export type Removal = Method | 'random' | 'mask';

export const methods: readonly Method[] = ['standard', 'distilled', 'jacobian', 'pgd'];
export const removals: readonly Removal[] = [...methods, 'random', 'mask'];

/** A model's accuracies on the test set. */
export interface ModelRow {
  readonly method: Method;
  readonly seed: number;
  readonly clean: Measurement;
  /** Under PGD at the radius of adversarial training. */
  readonly robust: Measurement;
}

/** Accuracy after removal and retraining. */
export interface RemovalRow extends Measurement {
  readonly method: Removal;
  readonly seed: number;
  readonly level: number;
}

/** The measurements of section A3, in the order of the profile's seeds and levels. */
export class A3Measurements {
  readonly laboratory: Laboratory;
  readonly profile: Profile;

  constructor(profile: Profile) {
    this.profile = profile;
    this.laboratory = new Laboratory(profile);
  }

  /** Trains a model for every seed, and measures it. */
  async model(method: Method): Promise<ModelRow[]> {
    const { seeds, attack } = this.profile;
    const defense = this.#defense(method);
    const rows: ModelRow[] = [];
    for (const seed of seeds) {
      const clean = await this.laboratory.measure(defense, seed);
      const robust = await this.laboratory.measure(defense, seed, { norm: 'l2', epsilon: attack.epsilon });
      rows.push({ method, seed, clean, robust });
    }
    return rows;
  }

  /** Removes what a method points at and retrains, for every seed and level. */
  async roar(method: Removal): Promise<RemovalRow[]> {
    const { seeds, levels } = this.profile;
    // The mask control takes the standard model's masks; with nothing removed all masks are alike and empty.
    const remover = method === 'random' ? 'random' : this.#defense(method === 'mask' ? 'standard' : method);
    const view = method === 'mask' ? 'mask' : 'removed';
    const rows: RemovalRow[] = [];
    for (const seed of seeds) {
      for (const level of method === 'mask' ? levels.filter((level) => level > 0) : levels) {
        rows.push({
          method,
          seed,
          level,
          ...(await this.laboratory.retrain(remover, { level, seed, view })),
        });
      }
    }
    return rows;
  }

  /** Saliency maps of some test images, from the models of the first seed. */
  async maps(indices: readonly number[]): Promise<Record<Method, Float32Array>> {
    const [seed = 0] = this.profile.seeds;
    const all = new Map<Method, Float32Array>();
    for (const method of methods)
      all.set(method, await this.laboratory.maps(this.#defense(method), seed, indices));
    // Every method was set.
    return Object.fromEntries(all) as Record<Method, Float32Array>;
  }

  /** How a method's model is trained. */
  #defense(method: Method): Defense {
    const { attack, temperature, lambda } = this.profile;
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
}
