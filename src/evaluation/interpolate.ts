/** Weights of the eight neighbours in ROAD: 1/6 beside, above and below, 1/12 across the corners. */
const neighbours = [
  [0, 1, 1 / 6],
  [1, 0, 1 / 6],
  [0, -1, 1 / 6],
  [-1, 0, 1 / 6],
  [1, 1, 1 / 12],
  [1, -1, 1 / 12],
  [-1, 1, 1 / 12],
  [-1, -1, 1 / 12],
] as const;

/**
 * Gives missing pixels values of which each is the weighted mean of its neighbours', by solving the linear system exactly.
 *
 * The system is symmetric and positive definite as long as one pixel is there, and with pixels row by row a band matrix of
 * at most W + 2 diagonals, which Cholesky's decomposition fills but does not leave.
 *
 * @param image - [H, W, C], in which the missing pixels' values are replaced.
 * @param missing - [H, W], 1 where a pixel is missing; not all of them.
 */
export function interpolate(
  image: Float32Array,
  missing: Uint8Array,
  [height, width, channels]: readonly [number, number, number],
): void {
  const numbers = new Int32Array(missing.length).fill(-1);
  let unknowns = 0;
  missing.forEach((flag, pixel) => {
    if (flag) numbers[pixel] = unknowns++;
  });
  const band = width + 2;
  const matrix = new Float64Array(unknowns * band);
  const right = new Float64Array(unknowns * channels);
  missing.forEach((flag, pixel) => {
    if (!flag) return;
    const row = numbers[pixel] ?? 0;
    const [y, x] = [Math.floor(pixel / width), pixel % width];
    for (const [down, across, weight] of neighbours) {
      if (y + down < 0 || y + down >= height || x + across < 0 || x + across >= width) continue;
      matrix[row * band] = (matrix[row * band] ?? 0) + weight;
      const other = pixel + down * width + across;
      const column = numbers[other] ?? -1;
      if (column >= 0) {
        if (column < row) matrix[row * band + row - column] = -weight;
        continue;
      }
      for (let c = 0; c < channels; c++) {
        const at = row * channels + c;
        right[at] = (right[at] ?? 0) + weight * (image[other * channels + c] ?? 0);
      }
    }
  });
  factorise(matrix, band);
  substitute(matrix, right, { band, channels });
  missing.forEach((flag, pixel) => {
    const row = numbers[pixel] ?? 0;
    if (flag) for (let c = 0; c < channels; c++) image[pixel * channels + c] = right[row * channels + c] ?? 0;
  });
}

/** Cholesky's L in place; entry [i, k] is the matrix's at row i, column i − k. */
function factorise(matrix: Float64Array, band: number): void {
  const size = matrix.length / band;
  for (let i = 0; i < size; i++) {
    for (let k = Math.min(i, band - 1); k >= 0; k--) {
      const j = i - k;
      let value = matrix[i * band + k] ?? 0;
      for (let m = Math.max(0, i - band + 1, j - band + 1); m < j; m++)
        value -= (matrix[i * band + i - m] ?? 0) * (matrix[j * band + j - m] ?? 0);
      matrix[i * band + k] = k === 0 ? Math.sqrt(value) : value / (matrix[j * band] ?? 0);
    }
  }
}

/** Solves L Lᵀ x = right in place, for all channels. */
function substitute(
  matrix: Float64Array,
  right: Float64Array,
  { band, channels }: { band: number; channels: number },
): void {
  const size = matrix.length / band;
  for (let c = 0; c < channels; c++) {
    const at = (i: number) => i * channels + c;
    for (let i = 0; i < size; i++) {
      let value = right[at(i)] ?? 0;
      for (let m = Math.max(0, i - band + 1); m < i; m++)
        value -= (matrix[i * band + i - m] ?? 0) * (right[at(m)] ?? 0);
      right[at(i)] = value / (matrix[i * band] ?? 0);
    }
    for (let i = size - 1; i >= 0; i--) {
      let value = right[at(i)] ?? 0;
      for (let m = i + 1; m < Math.min(size, i + band); m++)
        value -= (matrix[m * band + m - i] ?? 0) * (right[at(m)] ?? 0);
      right[at(i)] = value / (matrix[i * band] ?? 0);
    }
  }
}
