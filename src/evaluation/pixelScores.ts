/**
 * How important each pixel is: the sum over channels of |map|.
 *
 * @param maps - Any number of pixels with `channels` values each.
 * @returns One score per pixel; NaN where a value is.
 */
export function pixelScores(maps: Float32Array, channels: number): Float32Array {
  const scores = new Float32Array(maps.length / channels);
  for (let i = 0; i < scores.length; i++) {
    let score = 0;
    for (let k = i * channels; k < (i + 1) * channels; k++) score += Math.abs(maps[k] ?? 0);
    scores[i] = score;
  }
  return scores;
}
