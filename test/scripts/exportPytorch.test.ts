import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { resnet18 } from '../../src/models/resnet.js';
import { readSafetensors } from '../../src/models/safetensors.js';
import { loadWeights, saveWeights } from '../../src/models/weights.js';
import { seeded } from '../../src/random.js';
import { uniformImages } from '../fixtures/linear.js';

const run = promisify(execFile);
const python = path.resolve(import.meta.dirname, '../../.venv/bin/python');

let folder: string;
before(async () => (folder = await mkdtemp(path.join(tmpdir(), 'roarbook-export-'))));
after(() => rm(folder, { recursive: true }));

type StateDict = Record<string, [shape: readonly number[], values: number[]]>;

const model = resnet18({ width: 1, random: seeded(1) });

/** The model's state dict, each name changed. */
async function stateDict(rename: (name: string) => string): Promise<StateDict> {
  const file = path.join(folder, 'model.safetensors');
  await saveWeights(model, file);
  const { arrays } = await readSafetensors(file);
  return Object.fromEntries(
    Object.entries(arrays).map(([name, { shape, values }]) => [rename(name), [shape, [...values]]]),
  );
}

async function exported(state: StateDict, ...options: string[]): Promise<string> {
  const [from, to] = [path.join(folder, 'state.json'), path.join(folder, 'exported.safetensors')];
  await writeFile(from, JSON.stringify(state));
  const script = path.join(import.meta.dirname, 'python/export.py');
  await run(python, [script, from, to, ...options]);
  return to;
}

async function refused(state: StateDict, ...options: string[]): Promise<string> {
  try {
    await exported(state, ...options);
  } catch (error) {
    assert.ok(error instanceof Error && 'stderr' in error);
    return String(error.stderr).trim();
  }
  return assert.fail('the export must fail');
}

describe('export_pytorch.py', () => {
  it("brings a checkpoint of robustness, with its copy, its counters and another data set's normalisation", async () => {
    const state = {
      ...(await stateDict((name) => `module.model.${name}`)),
      ...(await stateDict((name) => `module.attacker.model.${name}`)),
      'module.normalizer.new_mean': [
        [3, 1, 1],
        [0.5, 0.25, 0.125],
      ],
      'module.normalizer.new_std': [
        [3, 1, 1],
        [0.5, 0.5, 0.25],
      ],
      'module.model.bn1.num_batches_tracked': [[], [7]],
    } satisfies StateDict;
    const loaded = await loadWeights(await exported(state));
    const normalise = { mean: [0.5, 0.25, 0.125], std: [0.5, 0.5, 0.25] };
    assert.deepEqual(loaded.architecture, { ...model.architecture, ...normalise });
    for (const [name, tensor] of Object.entries({ ...model.params, ...model.buffers })) {
      const own = { ...loaded.params, ...loaded.buffers }[name];
      assert.deepEqual(own?.dataSync(), tensor.dataSync(), name);
    }
  });

  it("reads torchvision's names, and gives the same logits", async () => {
    const state = await stateDict((name) =>
      name.replace('linear', 'module.fc').replace('shortcut', 'downsample'),
    );
    const loaded = await loadWeights(await exported(state, 'cifar10'));
    const images = uniformImages(1, [2, 8, 8, 3]);
    assert.deepEqual(loaded.predict(images).dataSync(), model.predict(images).dataSync());
  });

  it('takes a network without normalisation only with a word on it', async () => {
    const state = await stateDict((name) => name);
    assert.equal(
      await refused(state),
      'the checkpoint holds no normalisation; say --normalise cifar10 or --normalise none',
    );
    const loaded = await loadWeights(await exported(state, 'none'));
    assert.deepEqual(loaded.architecture['mean'], [0, 0, 0]);
  });

  it('takes strides, which no tensor shows, and one for each stage', async () => {
    const state = await stateDict((name) => name);
    const loaded = await loadWeights(await exported(state, 'none', '[1, 1, 2, 2]'));
    assert.deepEqual(loaded.architecture['strides'], [1, 1, 2, 2]);
    assert.equal(
      await refused(state, 'none', '[2, 2]'),
      '--strides must name one for each of 4 stages, got [2, 2]',
    );
  });

  it('refuses another network by the tensor that gives it away', async () => {
    const state = await stateDict((name) => name.replace('layer2.0.conv2', 'layer2.0.conv3'));
    assert.equal(
      await refused(state, 'none'),
      "the network must be a ResNet of basic blocks, got the tensor 'layer2.0.conv3.weight'",
    );
    const imageNet: StateDict = await stateDict((name) => name);
    imageNet['conv1.weight'] = [[1, 3, 7, 7], Array<number>(147).fill(0)];
    assert.equal(
      await refused(imageNet, 'none'),
      "'conv1.weight' must be 3x3, as for CIFAR, got [1, 3, 7, 7]",
    );
  });

  it('refuses a normalisation that is not one', async () => {
    const state = await stateDict((name) => name);
    const mean = (value: number): StateDict[string] => [[3], [value, value, value]];
    assert.match(
      await refused({ ...state, 'normalize.mean': mean(0.5), 'other.mean': mean(0.25), sigma: mean(1) }),
      /^the normalisation must be one, got 'other.mean' \[0.25, 0.25, 0.25\] and \[0.5, 0.5, 0.5\]/,
    );
    assert.match(
      await refused({ ...state, mu: mean(0.5) }, 'none'),
      /^the normalisation must have a mean and a deviation, got .* alone/,
    );
    assert.match(
      await refused({ ...state, mu: mean(0.5), sigma: [[1], [1]] }),
      /^mean and deviation must have as many channels/,
    );
  });

  it('refuses a network whose batch norm stands elsewhere, and tensors of other dimensions', async () => {
    const state = await stateDict((name) => name);
    const preactivation = Object.fromEntries(
      Object.entries(state).filter(([name]) => !name.startsWith('bn1.')),
    );
    assert.equal(
      await refused(preactivation, 'none'),
      "the network must be a CIFAR ResNet, got no tensor 'bn1.weight'",
    );
    assert.equal(
      await refused({ ...state, 'linear.weight': [[], [1]] }, 'none'),
      "'linear.weight' must have 2 dimensions, got the shape []",
    );
  });
});
