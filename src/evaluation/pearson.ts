/** Pearson's correlation of two lists of one length, −1…1; 0 where one of the two is constant: a flat map is like none. */
export function pearson(xs: ArrayLike<number>, ys: ArrayLike<number>): number {
  const n = xs.length;
  let [x, y] = [0, 0];
  for (let i = 0; i < n; i++) {
    x += (xs[i] ?? NaN) / n;
    y += (ys[i] ?? NaN) / n;
  }
  return correlationAbout([x, y], xs, ys);
}

/** The same, about means that are known. */
export function correlationAbout(
  [x, y]: readonly [number, number],
  xs: ArrayLike<number>,
  ys: ArrayLike<number>,
): number {
  let [product, squaresX, squaresY] = [0, 0, 0];
  for (let i = 0; i < xs.length; i++) {
    const [dx, dy] = [(xs[i] ?? NaN) - x, (ys[i] ?? NaN) - y];
    product += dx * dy;
    squaresX += dx * dx;
    squaresY += dy * dy;
  }
  const scale = Math.sqrt(squaresX * squaresY);
  return scale === 0 ? 0 : product / scale;
}
