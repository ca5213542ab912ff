import { settingId } from './settings.js';
import type { PgdSetting } from './settings.js';

const levels = [0.2, 0.4, 0.6, 0.8];

// Norm, ε (ℓ∞ in grey levels), t, and accuracy in % with 20, 40, 60, 80 % of the pixels removed.
const rows = [
  ['l2', 1, 20, 87.48, 81.98, 76.24, 66.43],
  ['l2', 1, 40, 88.13, 81.68, 75.81, 66.14],
  ['l2', 1.5, 20, 88.4, 81.45, 74.5, 63.74],
  ['l2', 1.5, 40, 87.43, 81.94, 74.9, 65.12],
  ['l2', 2, 20, 88.31, 82.8, 74.03, 65.03],
  ['l2', 2, 40, 87.93, 83.78, 75.74, 64.53],
  ['l2', 2.5, 20, 89.04, 82.22, 75.1, 63.94],
  ['l2', 2.5, 40, 88.62, 82.81, 75.01, 65.77],
  ['linf', 4, 20, 88.13, 84.68, 78.39, 67.54],
  ['linf', 4, 40, 88.61, 83.7, 78.64, 68.02],
  ['linf', 8, 20, 88.76, 83.86, 77.26, 66.25],
  ['linf', 8, 40, 89.43, 84.05, 77.03, 65.24],
  ['linf', 16, 20, 90.75, 86.15, 81.15, 71.66],
  ['linf', 16, 40, 90.21, 85.78, 80.24, 70.93],
] as const;

/** A row of the supplement's Table 1. */
export interface PublishedSetting extends PgdSetting {
  /** Accuracy by fraction of pixels removed, both 0…1. */
  readonly accuracies: readonly { readonly level: number; readonly accuracy: number }[];
}

/**
 * The 14 rows of the supplement's Table 1: accuracy after removal by SmoothGrad of PGD-trained ResNet-18s on CIFAR-10, and
 * retraining.
 *
 * @see Zeng et al. 2021 (ACML, PMLR 157), supplementary Table 1. Neither seeds nor intervals were published.
 */
export const publishedTable1: readonly PublishedSetting[] = rows.map(([norm, epsilon, t, ...percents]) => ({
  norm,
  epsilon: norm === 'linf' ? epsilon / 255 : epsilon,
  t,
  accuracies: percents.map((percent, i) => ({ level: levels[i] ?? NaN, accuracy: percent / 100 })),
}));

/** The published accuracy of a setting, by its `settingId`, or undefined where none was printed. */
export function publishedSetting(id: string, level: number): number | undefined {
  return publishedTable1
    .find((row) => settingId(row) === id)
    ?.accuracies.find((entry) => Math.abs(entry.level - level) < 1e-9)?.accuracy;
}

/**
 * Mean alignment against the radius of PGD-ℓ2 training, in pixel units of [0, 1].
 *
 * @see Zeng et al. 2021, supplementary Figure 4, a raster; these were read off it. Which gradient they mean is not said:
 *   only |∇Ψ| can give such numbers, since a mean ‖x‖₂ of 29.7 would otherwise ask for a cosine of 0.58.
 */
export const publishedFigure4: readonly { readonly epsilon: number; readonly alignment: number }[] = [
  17.27, 18.15, 18.62, 19.12, 19.59, 19.98, 20.39,
].map((alignment, i) => ({ epsilon: i / 2, alignment }));
