import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { folded } from '../../../src/compiler/passes/folding.js';
import { liveNodes } from '../../../src/compiler/graph.js';
import { hoisted } from '../../../src/compiler/passes/hoisting.js';
import { compile, constants, repeat, variables } from '../../../src/compiler/index.js';
import { bits, largest, normals } from '../functions.js';
import { convolve, norms, recorded, weightsOf, type Recorded } from './norms.js';

describe('hoisted', () => {
  const turns: Recorded = (weights, { x }) => ({
    outputs: repeat(3, { x }, ({ x }) => ({
      x: tf.mul(norms['one factor']!(convolve(x as Tensor4D, weights.filter), weights), 2 ** -6) as Tensor,
    })),
  });

  it('takes what does not change out of loops, and of constants out of the function', () => {
    for (const stateOf of [constants, variables]) {
      const { graph, once } = hoisted(folded(recorded(turns, { stateOf })));
      const loop = graph.nodes.find((node) => node.kind === 'loop');
      assert.ok(loop?.kind === 'loop');
      const live = liveNodes(loop.body);
      const operations = loop.body.nodes.filter((node, index) => live[index] && node.kind === 'operation');
      assert.equal(operations.length, 2);
      assert.equal(once.outputs.length, stateOf === constants ? 2 : 0);
    }
  });

  it('gives what eager does in a loop, of variables that are set as well', () => {
    const [before, after] = [weightsOf(16, 1), weightsOf(16, 20)];
    // Enough images for filters that change to be multiplied.
    const x = normals([8, 8, 8, 16], 2) as Tensor4D;
    for (const stateOf of [constants, variables]) {
      const state = stateOf(before);
      const step = compile<typeof state, { x: Tensor4D }, Record<string, Tensor>>(turns, { state });
      for (const weights of stateOf === variables ? [before, after] : [before]) {
        if (stateOf === variables) state.set(weights);
        const expected = turns(weights, { x }).outputs.x!;
        const error = largest(tf.sub(step.run({ x }).x!, expected));
        // Three times a bound of 1/64 · 81 · 25 · 2⁻²⁴ of 144 products, each of which is the last result's size.
        assert.ok(error < 1e-3 * largest(expected), `${error} ${largest(expected)}`);
      }
      step.dispose();
      state.dispose();
    }
  });

  it('takes the right one of several results', () => {
    const ofHalf: Recorded = ({ scale }, { x }) => {
      const [, half] = tf.split(scale, 2);
      return { outputs: { y: tf.sub(tf.slice(x, 0, [-1, -1, -1, 8]), tf.square(half!)) } };
    };
    assert.equal(hoisted(recorded(ofHalf)).once.outputs.length, 1);
    const weights = weightsOf(16, 1);
    const x = normals([4, 8, 8, 16], 2) as Tensor4D;
    const state = constants(weights);
    const step = compile<typeof state, { x: Tensor4D }, Record<string, Tensor>>(ofHalf, { state });
    assert.equal(bits(step.run({ x }).y!), bits(ofHalf(weights, { x }).outputs.y!));
    step.dispose();
    state.dispose();
  });

  it('leaves in the function what is larger than filters, numbers and vectors', () => {
    const tiled: Recorded = ({ scale }, { x }) => ({
      outputs: {
        y: tf.add(x, tf.tile(tf.reshape(scale, [1, 1, 16, 1]), [8, 8, 1, 16]).slice(0, x.shape)),
      },
    });
    assert.equal(hoisted(recorded(tiled)).once.outputs.length, 0);
  });
});
