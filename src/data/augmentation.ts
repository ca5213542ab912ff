import type { Random } from '../random.js';

/** Zeros that augmentation adds on each side before it crops, in pixels. */
export const padding = 4;

/** How each image of a batch is moved and flipped: plain arrays [N], so that any engine can apply them. */
export interface Augmentation {
  /** Top row of the crop in the padded image, 0…2·padding; `padding` leaves the image where it is. */
  readonly rows: Int32Array;
  /** Left column of the crop in the padded image, 0…2·padding. */
  readonly columns: Int32Array;
  /** 1 where the crop is then mirrored left to right. */
  readonly flips: Uint8Array;
}

/**
 * Draws the usual CIFAR augmentation for `count` images: pad 4 with zeros, random crop, horizontal flip in half of them.
 */
export function drawAugmentation(count: number, random: Random): Augmentation {
  const rows = new Int32Array(count);
  const columns = new Int32Array(count);
  const flips = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    rows[i] = random.integer(2 * padding + 1);
    columns[i] = random.integer(2 * padding + 1);
    flips[i] = random.integer(2);
  }
  return { rows, columns, flips };
}
