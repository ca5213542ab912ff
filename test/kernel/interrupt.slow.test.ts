import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client } from './client.js';
import { endless, stopCell } from './endless.js';

describe('Stop, again and again', () => {
  let client: Client;
  before(async () => {
    client = await Client.start();
    await client.execute('let state = 42');
  });
  after(() => client.stop());

  for (const [what, code] of Object.entries(endless))
    it(`ends ${what} 50 times out of 50`, async () => {
      for (let i = 0; i < 50; i++) {
        const { status, elapsed } = await stopCell(client, code);
        assert.equal(status, 'error');
        assert.ok(elapsed < 500, `${i + 1}: took ${elapsed} ms`);
        assert.equal(await client.text('state'), '42');
      }
    });

  it('ends model.fit of tfjs after its batch, and the model trains again', async () => {
    await client.execute(`import * as tf from '@tensorflow/tfjs-node-gpu';
      const model = tf.sequential({layers: [tf.layers.dense({units: 1, inputShape: [4]})]});
      model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
      const [xs, ys] = [tf.ones([64, 4]), tf.ones([64, 1])];`);
    for (let i = 0; i < 10; i++) {
      const fit = 'console.log("started"); await model.fit(xs, ys, {epochs: 1e6, batchSize: 4, verbose: 0})';
      const { status, elapsed } = await stopCell(client, fit);
      assert.equal(status, 'error');
      assert.ok(elapsed < 500, `${i + 1}: took ${elapsed} ms`);
    }
    const again = await client.text('(await model.fit(xs, ys, {epochs: 2, verbose: 0})).epoch.length');
    assert.equal(again, '2');
  });

  it('ends a loop beside a training that no cell waits for, and the training with it', async () => {
    await client.execute('let batches = 0; const onBatchEnd = () => void batches++');
    await client.execute(
      'void model.fit(xs, ys, {epochs: 1e6, batchSize: 4, verbose: 0, callbacks: {onBatchEnd}})',
    );
    const loop = 'console.log("started"); new Function("for (;;) {}")()';
    const { status, elapsed } = await stopCell(client, loop);
    assert.equal(status, 'error');
    assert.ok(elapsed < 500, `took ${elapsed} ms`);
    const counted = 'const first = batches; await new Promise((r) => setTimeout(r, 300)); batches - first';
    assert.equal(await client.text(counted), '0');
  });

  it('closes the scopes of tfjs that force cut open, and frees their tensors', async () => {
    await client.execute(`import * as tf from '@tensorflow/tfjs-node-gpu';
      const spin = new Function('console', 'console.log("started"); for (;;) {}');
      const cube = (x: tf.Tensor) => x.square().mul(x);
      const slope = () => tf.tidy(() => tf.grad(cube)(tf.scalar(2)).dataSync()[0]);
      const before = tf.memory().numTensors;`);
    const inside =
      'tf.tidy(() => tf.grad((x) => { const y = cube(x); spin(console); return y; })(tf.scalar(2)))';
    assert.equal((await stopCell(client, inside)).status, 'error');
    assert.equal(await client.text('[slope(), tf.memory().numTensors - before]'), '[ 12, 0 ]');
  });
});
