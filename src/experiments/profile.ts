/** From a smoke test to the published grid; see the README for what each costs. */
export type ProfileName = 'smoke' | 'quick' | 'paper';

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

/** Everything that can be changed about a run of the paper's sections; each value is part of the results' keys. */
export interface Profile {
  readonly name: ProfileName;
  /** What was shrunk against the paper, for captions. */
  readonly shrunk: string;
  readonly dataset: 'cifar10' | 'shapes';
  /** Images to use of the data set, from the first on; undefined: all. */
  readonly train: number | undefined;
  readonly test: number | undefined;
  readonly network: NetworkOptions;
  readonly training: TrainingSettings;
  /** PGD of adversarial training, ℓ2 radius in pixel units. */
  readonly attack: { readonly epsilon: number; readonly steps: number };
  /** Steps of the attack that measures robust accuracy, at the training radius. */
  readonly evaluationSteps: number;
  /** Defensive distillation's T. */
  readonly temperature: number;
  /** Weight of the Jacobian term, in pixel space. */
  readonly lambda: number;
  /** Fractions of pixels that ROAR removes. */
  readonly levels: readonly number[];
  /** Seed s trains the explained model s and the retrained model s. */
  readonly seeds: readonly number[];
}
