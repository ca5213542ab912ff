import type { Precision } from '../compiler/precision.js';

/** From a smoke test to the published grid; see the README for what each costs. */
export type ProfileName = 'smoke' | 'quick' | 'hour' | 'grid' | 'paper';

/** The network that is explained, and retrained. */
export type NetworkOptions =
  | {
      /** `resnet18`, the paper's. */
      readonly kind: 'resnet18';
      /** Channels of the first stage, doubled in each next one; the paper's is 64. */
      readonly width: number;
    }
  | {
      /** `resnet`, for small ones. */
      readonly kind: 'resnet';
      /** Channels after the first convolution. */
      readonly stem: number;
      /** Channels of each stage. */
      readonly widths: readonly number[];
    };

/** SGD with momentum 0.9 and weight decay; see `trainStandard`. */
export interface TrainingSettings {
  /** Passes over the training images. */
  readonly epochs: number;
  /** Images in a step. */
  readonly batchSize: number;
  /** The highest one, for the one-cycle schedule. */
  readonly learningRate: number;
  /** On every parameter. */
  readonly weightDecay: number;
  /** How the learning rate goes over the training; see `Schedule`. */
  readonly schedule: 'step' | 'oneCycle' | 'constant';
  /** Pad 4, random crop, horizontal flip. */
  readonly augment: boolean;
}

/** A row of Table 1: the attack that a model is trained against. */
export interface Row {
  /** The norm of the ball: 'l2' over all entries of an image, 'linf' per entry. */
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
  /** Which profile it was made from; changes leave it. */
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
  /** PGD of adversarial training. */
  readonly attack: {
    /** ℓ2 radius in pixel units. */
    readonly epsilon: number;
    /** Steps on each batch. */
    readonly steps: number;
  };
  /** Steps of the attack that measures robust accuracy, at the training radius. */
  readonly evaluationSteps: number;
  /** Auto-PGD for section A. */
  readonly strongAttack: {
    /** How many test images, from the first on. */
    readonly images: number;
    /** Of each of its ten runs. */
    readonly steps: number;
  };
  /** Defensive distillation's T. */
  readonly temperature: number;
  /** Weight of the Jacobian term, in pixel space. */
  readonly lambda: number;
  /** SmoothGrad and robust attribution. */
  readonly smoothGrad: {
    /** Noisy copies of each image. */
    readonly samples: number;
    /** The noise's standard deviation in pixel units. */
    readonly sigma: number;
  };
  /** The explainer and its training. */
  readonly explainer: {
    /** Weight of the map term. */
    readonly lambda: number;
    /** Filters of its deconvolutions. */
    readonly filters: readonly number[];
  };
  /** How finely the main paper's other methods sample. */
  readonly sampling: {
    /** Steps on the path. */
    readonly integratedGradients: number;
    /** Samples of each image. */
    readonly gradientShap: number;
    /** Pixels from one occluding window to the next. */
    readonly occlusionStride: number;
  };
  /** DDN, beside DeepFool, for Fig 4's inequality. */
  readonly minimalAttack: {
    /** How many test images, from the first on. */
    readonly images: number;
    /** Of DDN. */
    readonly steps: number;
  };
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
  /** What captions say of it: 'ResNet-18 of width 32, 10 epochs'; 'nothing' at the published scale. */
  readonly shrunk: string;
}
