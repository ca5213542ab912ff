import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import '../../src/native/index.js';
import { operationsOf } from '../../src/experiments/operations.js';
import { profile } from '../../src/experiments/profiles.js';

describe('operationsOf', () => {
  it('counts the multiplications and additions of ResNet-18 and of the paper’s explainer', async () => {
    // Places times weights of the convolutions: the first; then four stages, whose first blocks halve the sides and, but
    // for the first stage, have a 1×1 convolution beside them; the dense layer.
    const first = 1024 * 9 * 3 * 64;
    const stage1 = 4 * 1024 * 9 * 64 * 64;
    // A stage with twice the channels on a quarter of the places takes as much as the one before.
    const stage2 = 256 * (9 * 64 * 128 + 3 * 9 * 128 * 128 + 64 * 128);
    const network = 2 * (first + stage1 + 3 * stage2 + 512 * 10);
    // Transposed convolutions: every place that goes in, times weights. 1×1 at the end, to 3 channels.
    const deconvolutions = 16 * 9 * 512 * 64 + 16 * 9 * 64 * 128 + 64 * 9 * 128 * 256 + 256 * 9 * 256 * 512;
    const explained = network + 2 * (deconvolutions + 1024 * 512 * 3);
    assert.deepEqual(await operationsOf(profile('paper')), { network, explained });
  });
});
