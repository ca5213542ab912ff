import type { DecodedImage } from './decodeImage.js';

/**
 * Cuts an image to the middle part with the ratio of sides of `size` and scales it: a new pixel is the mean of the area
 * that it covers.
 *
 * @returns Bytes [H, W, C], row by row.
 */
export function resizeArea(
  { data, shape }: DecodedImage,
  [height, width]: readonly [height: number, width: number],
): Uint8Array {
  const [rows, columns, channels] = shape;
  const scale = Math.min(rows / height, columns / width);
  const vertical = weights(height, { scale, start: (rows - height * scale) / 2 });
  const horizontal = weights(width, { scale, start: (columns - width * scale) / 2 });
  const resized = new Uint8Array(height * width * channels);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (const [row, down] of vertical[y] ?? [])
          for (const [column, right] of horizontal[x] ?? [])
            sum += down * right * (data[(row * columns + column) * channels + c] ?? 0);
        resized[(y * width + x) * channels + c] = Math.round(sum);
      }
  return resized;
}

/** For each new pixel along one axis: the old ones that it covers, and each one's share of it. */
function weights(count: number, { scale, start }: { scale: number; start: number }): [number, number][][] {
  return Array.from({ length: count }, (_, i) => {
    const [from, to] = [start + i * scale, start + (i + 1) * scale];
    const covered: [number, number][] = [];
    // Rounding may leave a sliver beyond the last pixel.
    for (let old = Math.floor(from + 1e-9); old < to - 1e-9; old++)
      covered.push([old, (Math.min(to, old + 1) - Math.max(from, old)) / scale]);
    return covered;
  });
}
