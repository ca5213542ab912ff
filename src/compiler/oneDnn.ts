import * as tf from '@tensorflow/tfjs-core';
import { features } from './processor.js';

/**
 * Asks TensorFlow for oneDNN's kernels, which are about twice as fast; left alone, it takes them on some processors only. The
 * user's own setting stays. TensorFlow reads it once, when its library is loaded: where that is done, there is a warning.
 *
 * @param loaded - Whether the library is loaded already.
 * @param processor - Its features, as Linux lists them.
 */
export function askForOneDnn({
  loaded = tf.findBackendFactory('tensorflow') !== null,
  processor = features(),
} = {}): void {
  if (process.env.TF_ENABLE_ONEDNN_OPTS !== undefined) return;
  // Convolutions with constant filters may name oneDNN's kernels nonetheless.
  process.env.TF_ENABLE_ONEDNN_OPTS = '1';
  // TensorFlow's own choice.
  if (!loaded || /\b(avx512_vnni|amx_tile|avx_vnni)\b/.test(processor)) return;
  process.emitWarning(
    'roarbook: TensorFlow must be told to use oneDNN before it is loaded, got it loaded; it runs at about half speed until roarbook is imported before @tensorflow/tfjs-node-gpu, or TF_ENABLE_ONEDNN_OPTS=1 is set',
    { code: 'ROARBOOK_ONEDNN' },
  );
}
