import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { afterEach, describe, it, mock } from 'node:test';
import { askForOneDnn } from '../../src/compiler/oneDnn.js';

describe('askForOneDnn', () => {
  const given = process.env.TF_ENABLE_ONEDNN_OPTS;
  afterEach(() => {
    mock.restoreAll();
    process.env.TF_ENABLE_ONEDNN_OPTS = given;
  });
  const warnings = (options: Parameters<typeof askForOneDnn>[0]) => {
    const warned = mock.method(process, 'emitWarning', () => {});
    askForOneDnn(options);
    return warned.mock.calls.map(({ arguments: [warning] }) => String(warning));
  };

  it('asks before TensorFlow is loaded, and warns after', () => {
    delete process.env.TF_ENABLE_ONEDNN_OPTS;
    assert.deepEqual(warnings({ loaded: false, processor: 'avx2' }), []);
    assert.equal(process.env.TF_ENABLE_ONEDNN_OPTS, '1');
    delete process.env.TF_ENABLE_ONEDNN_OPTS;
    const [warning = ''] = warnings({ loaded: true, processor: 'avx2' });
    assert.match(
      warning,
      /^roarbook: TensorFlow must be told to use oneDNN before it is loaded, got it loaded/,
    );
  });

  it('keeps what the user chose, and is silent where TensorFlow chooses oneDNN itself', () => {
    process.env.TF_ENABLE_ONEDNN_OPTS = '0';
    assert.deepEqual(warnings({ loaded: true, processor: 'avx2' }), []);
    assert.equal(process.env.TF_ENABLE_ONEDNN_OPTS, '0');
    delete process.env.TF_ENABLE_ONEDNN_OPTS;
    assert.deepEqual(warnings({ loaded: true, processor: 'avx2 avx512_vnni' }), []);
  });
});
