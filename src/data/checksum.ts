import { createHash } from 'node:crypto';
import type { Dataset } from './dataset.js';

/**
 * SHA-256 over what a data set holds: shape, element type, images and labels, in hexadecimal.
 *
 * Names of classes, masks and the caption do not count: they change no result.
 */
export function checksum({ images, labels, shape }: Pick<Dataset, 'images' | 'labels' | 'shape'>): string {
  const hash = createHash('sha256');
  hash.update(`${images.constructor.name} ${labels.length} ${shape.join(' ')}\n`);
  for (const array of [images, labels]) hash.update(bytesOf(array));
  return hash.digest('hex');
}

/** One checksum for several, in their order. */
export function combineChecksums(...parts: string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex');
}

function bytesOf(array: Uint8Array | Float32Array | Int32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
