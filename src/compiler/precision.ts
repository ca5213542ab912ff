import { ArgumentError } from '../errors.js';
import { features } from './oneDnn.js';

/**
 * 'float32' in full; 'tf32' lets an NVIDIA GPU round the factors of products to 10 bits; 'bfloat16' computes convolutions,
 * matrix products and what lies between them in bfloat16, with weights, statistics and losses in float32.
 */
export type Precision = 'float32' | 'tf32' | 'bfloat16';

/**
 * Falls back to float32, with a warning, where bfloat16 would be slower: on a processor without it.
 *
 * The environment's `ROARBOOK_BFLOAT16=force` keeps bfloat16 there, to look at its accuracy.
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
  if (wanted !== 'bfloat16' || gpu || /\b(avx512_bf16|amx_bf16)\b/.test(processor)) return wanted;
  if (process.env.ROARBOOK_BFLOAT16 === 'force') return wanted;
  process.emitWarning(
    "compile: precision 'bfloat16' must have a processor with AVX512_BF16 or AMX, got one without; it runs in float32",
    { code: 'ROARBOOK_BFLOAT16' },
  );
  return 'float32';
}
