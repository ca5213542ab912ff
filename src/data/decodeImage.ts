import * as tf from '@tensorflow/tfjs-core';
import type { Tensor3D } from '@tensorflow/tfjs-core/dist/tensor.js';
import '../native/index.js';
import { DataError } from '../errors.js';
import { imageSize } from './imageSize.js';

/** A decoded image: bytes row by row. */
export interface DecodedImage {
  readonly data: Uint8Array;
  readonly shape: readonly [height: number, width: number, channels: number];
}

/** 8192 × 8192, which takes 2 GB while it is decoded: a few bytes may name any size. */
const mostPixels = 2 ** 26;

/** The decoders of tfjs-node's backend, which are TensorFlow's own. */
interface Decoders {
  decodePng(content: Uint8Array, channels: number): Tensor3D;
  decodeJpeg(
    content: Uint8Array,
    channels: number,
    ratio: number,
    fancyUpscaling: boolean,
    tryRecoverTruncated: boolean,
    acceptableFraction: number,
    method: string,
  ): Tensor3D;
}

/**
 * Decodes a PNG or JPEG file.
 *
 * @param options - `channels`: 3 for colour, 1 for grey; a transparent image loses its transparency. `name` for messages.
 * @throws {DataError} If the content is neither, damaged, or names more pixels than are decoded.
 */
export async function decodeImage(
  content: Uint8Array,
  { channels, name }: { channels: 1 | 3; name: string },
): Promise<DecodedImage> {
  // The native module above made tfjs-node's backend the backend.
  const decoders = tf.backend() as tf.KernelBackend & Decoders;
  const wrong = (cause?: unknown) =>
    new DataError(`imageFolder: ${name} must be a whole PNG or JPEG image`, { cause });
  const [isPng, isJpeg] = [starts(content, [0x89, 0x50, 0x4e, 0x47]), starts(content, [0xff, 0xd8])];
  const [height, width] = (isPng || isJpeg ? imageSize(content) : undefined) ?? [0, 0];
  if (height === 0 || width === 0) throw wrong();
  if (height * width > mostPixels)
    throw new DataError(
      `imageFolder: ${name} must have at most ${mostPixels} pixels, got ${width} × ${height}; scale it down`,
    );
  const decode = (): Tensor3D => {
    if (isPng) return decoders.decodePng(content, channels);
    return decoders.decodeJpeg(content, channels, 1, true, false, 1, 'INTEGER_ACCURATE');
  };
  let image: Tensor3D;
  try {
    // The decoders' own element type is one that tfjs cannot read, and they leave the file's bytes behind.
    image = tf.tidy(() => tf.cast<Tensor3D>(decode(), 'int32'));
  } catch (error) {
    throw error instanceof DataError ? error : wrong(error);
  }
  try {
    return { data: Uint8Array.from(await image.data()), shape: image.shape };
  } finally {
    image.dispose();
  }
}

function starts(content: Uint8Array, bytes: readonly number[]): boolean {
  return bytes.every((byte, i) => content[i] === byte);
}
