import * as tf from '@tensorflow/tfjs-core';
import type { Tensor3D } from '@tensorflow/tfjs-core/dist/tensor.js';
import '../native/index.js';
import { DataError } from '../errors.js';

/** A decoded image: bytes row by row. */
export interface DecodedImage {
  readonly data: Uint8Array;
  readonly shape: readonly [height: number, width: number, channels: number];
}

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
 * @throws {DataError} If the content is neither, or damaged.
 */
export async function decodeImage(
  content: Uint8Array,
  { channels, name }: { channels: 1 | 3; name: string },
): Promise<DecodedImage> {
  // The native module above made tfjs-node's backend the backend.
  const decoders = tf.backend() as tf.KernelBackend & Decoders;
  const wrong = (cause?: unknown) =>
    new DataError(`imageFolder: ${name} must be a whole PNG or JPEG image`, { cause });
  const decode = (): Tensor3D => {
    if (starts(content, [0x89, 0x50, 0x4e, 0x47])) return decoders.decodePng(content, channels);
    if (starts(content, [0xff, 0xd8]))
      return decoders.decodeJpeg(content, channels, 1, true, false, 1, 'INTEGER_ACCURATE');
    throw wrong();
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
