import type { PublishedAccuracy } from './published.js';

const levels = [0.2, 0.4, 0.6, 0.8];

const accuracies = {
  random: [92, 89.27, 87.68, 82.17],
  saliency: [91.08, 88.86, 86.34, 80.04],
  integratedGradients: [91.27, 88.89, 86.5, 80.32],
  deepLift: [92.11, 89.24, 86.38, 77.49],
  gradientShap: [89.7, 87.59, 85.7, 78.89],
  occlusion: [85.96, 79.31, 71.04, 57.71],
  smoothGrad: [90.2, 86.37, 80.18, 69.91],
  robustAttribution: [88.4, 81.45, 74.5, 63.74],
  explainer: [86.63, 77.34, 67.46, 54.92],
  // Table 2: aligned to the standard model's maps instead.
  explainerStandard: [91.18, 88.24, 86.68, 81.47],
};

/**
 * Accuracy after removal and retraining of the main paper's methods, ResNet-18 on CIFAR-10: its Tables 1 and 2.
 *
 * @see Zeng et al. 2021 (ACML, PMLR 157). Neither seeds nor intervals were published.
 */
export const publishedMain: readonly PublishedAccuracy[] = Object.entries(accuracies).flatMap(
  ([method, values]) =>
    values.map((value, i) => ({ method, level: levels[i] ?? NaN, accuracy: value / 100 })),
);

/** The published accuracy of a method at a level, or undefined where none was printed. */
export function publishedMainAccuracy(method: string, level: number): number | undefined {
  return publishedMain.find((entry) => entry.method === method && Math.abs(entry.level - level) < 1e-9)
    ?.accuracy;
}

/**
 * Milliseconds to explain one image on a CPU.
 *
 * @see Zeng et al. 2021, Table 3. The CPU is not named.
 */
export const publishedLatency: Readonly<Record<string, number>> = {
  saliency: 19,
  integratedGradients: 1385,
  deepLift: 35,
  gradientShap: 84,
  occlusion: 1875,
  smoothGrad: 972,
  explainer: 9,
};
