import type { Precision } from '../compiler/precision.js';

/** From a smoke test to the published grid; see the README for what each costs. */
export type ProfileName = 'smoke' | 'quick' | 'hour' | 'grid' | 'paper';

/** The network that is explained, and retrained. */
export type NetworkOptions =
  | { readonly kind: 'resnet18'; readonly width: number }
  | { readonly kind: 'resnet'; readonly stem: number; readonly widths: readonly number[] };

/** SGD with momentum 0.9 and weight decay; see `trainStandard`. */
export interface TrainingSettings {
  readonly epochs: number;
  readonly batchSize: number;
  /** The highest one, for the one-cycle schedule. */
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly schedule: 'step' | 'oneCycle' | 'constant';
  /** Pad 4, random crop, horizontal flip. */
  readonly augment: boolean;
}

/** A row of Table 1: the attack that a model is trained against. */
export interface Row {
  readonly norm: 'l2' | 'linf';
  /** In pixel units: 8/255, never 8. */
  readonly epsilon: number;
  /** Attack steps that are taken. */
  readonly steps: number;
  /** The published t that the row stands for, 20 or 40. */
  readonly published: number;
}

/** Everything that can be changed about a run of the paper's sections; each value is part of the results' keys. */
export interface Settings {
  readonly name: ProfileName;
  /** 'cifar10', or 'shapes': generated images with their true masks; 'own': a section was given its images. */
  readonly dataset: 'cifar10' | 'shapes' | 'own';
  /** Images to use of the data set, from the first on; undefined: all. */
  readonly train: number | undefined;
  /** Test images to use, from the first on; undefined: all. */
  readonly test: number | undefined;
  /** The network that is explained, and retrained. */
  readonly network: NetworkOptions;
  /** How every network is trained. */
  readonly training: TrainingSettings;
  /** What trainings compute in. */
  readonly precision: Precision;
  /** What gradients and maps compute in; 'float32' whatever trainings compute in, unless another one is asked for. */
  readonly attributionPrecision: Precision;
  /** What accuracies and PGD against a trained model compute in, likewise. */
  readonly evaluationPrecision: Precision;
  /** PGD of adversarial training, ℓ2 radius in pixel units. */
  readonly attack: { readonly epsilon: number; readonly steps: number };
  /** Steps of the attack that measures robust accuracy, at the training radius. */
  readonly evaluationSteps: number;
  /** Auto-PGD for section A: how many test images, and steps of each of its ten runs. */
  readonly strongAttack: { readonly images: number; readonly steps: number };
  /** Defensive distillation's T. */
  readonly temperature: number;
  /** Weight of the Jacobian term, in pixel space. */
  readonly lambda: number;
  /** SmoothGrad and robust attribution: noisy copies and the noise's standard deviation in pixel units. */
  readonly smoothGrad: { readonly samples: number; readonly sigma: number };
  /** Weight of the explainer's map term, and its deconvolutions' filters. */
  readonly explainer: { readonly lambda: number; readonly filters: readonly number[] };
  /** How finely the main paper's other methods sample: steps, samples, and pixels between occluding windows. */
  readonly sampling: {
    readonly integratedGradients: number;
    readonly gradientShap: number;
    readonly occlusionStride: number;
  };
  /** DDN, beside DeepFool, for Fig 4's inequality: how many test images, and steps. */
  readonly minimalAttack: { readonly images: number; readonly steps: number };
  /** Rows of Table 1. */
  readonly rows: readonly Row[];
  /** ℓ2 radii of Fig 4; 0 is the standard model. */
  readonly epsilons: readonly number[];
  /** Fractions of pixels that ROAR removes. */
  readonly levels: readonly number[];
  /** Seed s trains the explained model s and the retrained model s. */
  readonly seeds: readonly number[];
}

/** Settings, with what they shrink against the paper in words: see `shrunkOf`. */
export interface Profile extends Settings {
  readonly shrunk: string;
}
