/** A fraction in percent, without the noise of binary fractions in the last digits. */
export function percent(fraction: number): number {
  return Number((fraction * 100).toFixed(10));
}
