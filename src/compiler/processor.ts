import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Threads that one operation may use on the CPU. */
export function threads(): number {
  return Number(process.env.TF_NUM_INTRAOP_THREADS) || availableParallelism();
}

let listed: string | undefined;

/** The processor's features, as Linux lists them; none elsewhere. They are read once. */
export function features(): string {
  return (listed ??= readFeatures());
}

function readFeatures(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return '';
  }
}
