/**
 * Images with their classes, in memory.
 *
 * `cifar10()` and `shapes()` make them; anything of this form will do.
 */
export interface Dataset {
  /** [N, H, W, C], row by row: bytes 0…255, or float32 in [0, 1]. */
  readonly images: Uint8Array | Float32Array;
  /** [N], 0…K−1. */
  readonly labels: Int32Array;
  /** H, W, C of one image. */
  readonly shape: readonly [height: number, width: number, channels: number];
  /** Names of the K classes. */
  readonly classes: readonly string[];
  /** Where the images come from. */
  readonly source: DataSource;
  /** [N, H, W], 1 where a pixel decides the class; only generated data knows it. */
  readonly masks?: Uint8Array;
}

/** Where a data set comes from: what a figure's caption says of it. */
export interface DataSource {
  /** 'CIFAR-10', 'generated shapes', … */
  readonly name: string;
  /** Whether the files are the published ones by checksum; null for data that has no published files. */
  readonly official: boolean | null;
  /** SHA-256 over images and labels, in hexadecimal: part of every result's key. */
  readonly checksum: string;
  /** One phrase for captions: 'CIFAR-10, 4,000 training and 1,000 test images, not the official files by checksum'. */
  readonly caption: string;
}

/** A training set and a test set of the same classes and image shape. */
export interface TrainTest {
  /** What networks are trained on. */
  readonly train: Dataset;
  /** What they are measured on. */
  readonly test: Dataset;
}

/** A training set and a test set that share one origin: what `cifar10()` and `shapes()` return. */
export interface SourcedTrainTest extends TrainTest {
  /** Both sets together: one caption, and a checksum that changes when either set does. */
  readonly source: DataSource;
}
