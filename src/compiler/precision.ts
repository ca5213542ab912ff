import { readFileSync } from 'node:fs';

/**
 * 'float32' in full; 'tf32' lets an NVIDIA GPU round the factors of products to 10 bits; 'bfloat16' computes convolutions,
 * matrix products and what lies between them in bfloat16, with weights, statistics and losses in float32.
 */
export type Precision = 'float32' | 'tf32' | 'bfloat16';

/** Falls back to float32, with a message, where bfloat16 would be slower than float32. */
export function chosenPrecision(wanted: Precision, gpu: boolean): Precision {
  if (wanted !== 'bfloat16' || gpu || process.env.ROARBOOK_BFLOAT16 === 'force' || hasBfloat16())
    return wanted;
  process.emitWarning(
    "compile: precision 'bfloat16' must have a processor with AVX512_BF16 or AMX, got one without; it runs in float32",
    { code: 'ROARBOOK_BFLOAT16' },
  );
  return 'float32';
}

function hasBfloat16(): boolean {
  try {
    return /\b(avx512_bf16|amx_bf16)\b/.test(readFileSync('/proc/cpuinfo', 'utf8'));
  } catch {
    return false;
  }
}
