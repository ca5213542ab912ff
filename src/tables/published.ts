/** A published accuracy, as a fraction. */
export interface PublishedAccuracy {
  readonly method: string;
  /** Fraction of pixels removed. */
  readonly level: number;
  readonly accuracy: number;
}

const accuracies = {
  standard: [0.937, 0.9109, 0.8887, 0.8634, 0.8005],
  distilled: [0.937, 0.9091, 0.8875, 0.8596, 0.8021],
  jacobian: [0.937, 0.8654, 0.7997, 0.7657, 0.7089],
  pgd: [0.937, 0.865, 0.7924, 0.7479, 0.6814],
};

/**
 * Accuracy after removal and retraining on CIFAR-10 with ResNet-18, the four models of section A.
 *
 * @see Zeng et al. 2021 (ACML, PMLR 157), supplementary Figure 1. The paper prints no numbers for it; these were
 * read off the vector figure. Neither seeds nor intervals were published.
 */
export const publishedFigure1: readonly PublishedAccuracy[] = Object.entries(accuracies).flatMap(
  ([method, values]) => values.map((accuracy, i) => ({ method, level: i / 5, accuracy })),
);

/** The published accuracy of a method at a level, or undefined where none was printed. */
export function publishedAccuracy(method: string, level: number): number | undefined {
  return publishedFigure1.find((entry) => entry.method === method && Math.abs(entry.level - level) < 1e-9)
    ?.accuracy;
}
