import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { ArgumentError, DataError, InterruptedError } from '../../src/errors.js';
import { readSafetensors, writeSafetensors } from '../../src/models/safetensors.js';
import { seeded } from '../../src/random.js';
import type { TrainOptions, TrainResult } from '../../src/training/options.js';
import { trainStandard } from '../../src/training/standard.js';
import { longOptions, quarters, stoppedAfter, tinyModel } from './toy.js';

let folder: string;
before(async () => (folder = await mkdtemp(join(tmpdir(), 'roarbook-checkpoint-'))));
after(() => rm(folder, { recursive: true }));

const data = quarters(64);

function run(options: Partial<TrainOptions> = {}): Promise<TrainResult> {
  return trainStandard(tinyModel(), data, { ...longOptions, random: seeded(5), ...options });
}

/** All numbers of a result. */
function content({ model, history }: TrainResult): unknown {
  const tensors = Object.entries({ ...model.params, ...model.buffers });
  return { history, tensors: tensors.map(([name, tensor]) => [name, [...tensor.dataSync()]]) };
}

async function epochsDone(path: string): Promise<number> {
  const { metadata } = await readSafetensors(path);
  return (JSON.parse(metadata['position'] ?? '') as { epoch: number }).epoch;
}

describe('a checkpoint', () => {
  it('continues an interrupted training to the same bytes, also from within an epoch', async () => {
    const whole = content(await run());
    const path = join(folder, 'new', 'interrupted.safetensors');
    const before = tf.memory().numTensors;
    // Three steps make an epoch: the stops come after 2, 6 and 7 steps, within an epoch and between two.
    for (const [steps, epoch] of [
      [2, 1],
      [4, 3],
      [1, 3],
    ] as const) {
      const model = tinyModel();
      const error = new InterruptedError(
        `trainStandard: stopped at epoch ${epoch} of 12; run it again to continue`,
      );
      const options = { ...longOptions, random: seeded(5), checkpoint: path };
      await stoppedAfter(steps, () => assert.rejects(trainStandard(model, data, options), error));
      model.dispose();
    }
    assert.equal(tf.memory().numTensors, before);
    assert.deepEqual(content(await run({ checkpoint: path })), whole);
    // A finished training is read back.
    assert.deepEqual(content(await run({ checkpoint: path })), whole);
  });

  it('continues a killed training to the same bytes', async () => {
    const path = join(folder, 'killed.safetensors');
    const script = fileURLToPath(new URL('./killed.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', script, path], { stdio: 'inherit' });
    const exit = once(child, 'exit');
    let renamed = 0;
    const watcher = watch(folder, (event, file) => {
      if (event === 'rename' && file === 'killed.safetensors' && ++renamed === 3) child.kill('SIGKILL');
    });
    const [, signal] = (await exit) as [number | null, string | null];
    watcher.close();
    assert.equal(signal, 'SIGKILL');
    const done = await epochsDone(path);
    assert.ok(done >= 3 && done < longOptions.epochs, `${done} epochs`);
    assert.deepEqual(content(await run({ checkpoint: path })), content(await run()));
  });

  it('is refused for another training, and says what differs', async () => {
    const path = join(folder, 'other.safetensors');
    await run({ epochs: 1, checkpoint: path });
    const refused = (what: string) =>
      new ArgumentError(
        `trainStandard: the checkpoint ${path} must come from the same training, got ${what}; ` +
          'pass another path or delete the file',
      );
    await assert.rejects(run({ epochs: 2, checkpoint: path }), refused('epochs 1 there and 2 here'));
    await assert.rejects(
      run({ epochs: 1, checkpoint: path, weightDecay: 0 }),
      refused('weightDecay 0.0005 there and 0 here'),
    );
    await assert.rejects(
      run({ epochs: 1, checkpoint: path, random: seeded(6) }),
      /got random \d+ there and \d+ here/,
    );
    const options = { ...longOptions, epochs: 1, random: seeded(5), checkpoint: path };
    await assert.rejects(
      trainStandard(tinyModel(), quarters(32), options),
      refused('dataset "64-1" there and "32-1" here'),
    );
    await assert.rejects(
      trainStandard(tinyModel(9), data, options),
      /got start "\w{64}" there and "\w{64}" here/,
    );
  });

  it('that is damaged or none is an error that names the file', async () => {
    const path = join(folder, 'damaged.safetensors');
    await run({ epochs: 1, checkpoint: path });
    const good = await readFile(path);
    for (const position of [3, 20, 200, good.length - 5]) {
      const bad = Buffer.from(good);
      bad[position] = (bad[position] ?? 0) ^ 4;
      await writeFile(path, bad);
      await assert.rejects(
        run({ epochs: 1, checkpoint: path }),
        (error) => error instanceof DataError && error.message.includes(path),
        `byte ${position}`,
      );
    }
    await writeFile(path, good.subarray(0, good.length / 2));
    await assert.rejects(
      run({ epochs: 1, checkpoint: path }),
      /the checkpoint must be whole; delete it to start over/,
    );
    await writeSafetensors(path, {});
    await assert.rejects(run({ epochs: 1, checkpoint: path }), /must be a checkpoint; pass another path$/);
  });

  it('leaves no temporary files', async () => {
    const path = join(folder, 'clean', 'c.safetensors');
    await run({ epochs: 2, checkpoint: path });
    assert.deepEqual(await readdir(join(folder, 'clean')), ['c.safetensors']);
  });
});
