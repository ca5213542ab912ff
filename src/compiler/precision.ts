import { ArgumentError } from '../errors.js';
import { features } from './processor.js';

/**
 * 'float32' in full; 'tf32' lets an NVIDIA GPU round the factors of products to 10 bits; 'bfloat16' computes convolutions,
 * matrix products and what lies between them in bfloat16, with weights, statistics and losses in float32.
 */
export type Precision = 'float32' | 'tf32' | 'bfloat16';

/**
 * Whether a processor computes in bfloat16.
 *
 * @param processor - Its features, as Linux lists them.
 */
export function hasBfloat16(processor = features()): boolean {
  return /\b(avx512_bf16|amx_bf16)\b/.test(processor);
}

/**
 * Falls back to float32, with a warning, where bfloat16 would be slower: on a processor without it.
 *
 * The environment's `ROARBOOK_BFLOAT16=force` keeps bfloat16 there, to look at its accuracy: rounded as on a processor with it.
 *
 * @param processor - Its features, as Linux lists them.
 */
export function chosenPrecision(
  wanted: Precision,
  { gpu, processor = features() }: { gpu: boolean; processor?: string },
): Precision {
  if (!['float32', 'tf32', 'bfloat16'].includes(wanted)) {
    throw new ArgumentError(`compile: precision must be 'float32', 'tf32' or 'bfloat16', got '${wanted}'`);
  }
  if (wanted !== 'bfloat16' || gpu || hasBfloat16(processor)) return wanted;
  if (process.env.ROARBOOK_BFLOAT16 === 'force') return wanted;
  process.emitWarning(
    "compile: precision 'bfloat16' must have a processor with AVX512_BF16 or AMX, got one without; it runs in float32",
    { code: 'ROARBOOK_BFLOAT16' },
  );
  return 'float32';
}
