import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core/dist/tensor.js';
import { DataError } from '../../src/errors.js';
import { resnet, resnet18 } from '../../src/models/resnet.js';
import { readSafetensors, writeSafetensors, type NamedArray } from '../../src/models/safetensors.js';
import { loadWeights, saveWeights } from '../../src/models/weights.js';
import { seeded } from '../../src/random.js';

let folder: string;
before(async () => (folder = await mkdtemp(join(tmpdir(), 'roarbook-weights-'))));
after(() => rm(folder, { recursive: true }));

const tiny = { stem: 2, widths: [2, 3], random: seeded(1) };

async function saved(name: string): Promise<string> {
  const model = resnet(tiny);
  const path = join(folder, name);
  await saveWeights(model, path);
  model.dispose();
  return path;
}

/** A safetensors file of this header, whose data are zeros. */
async function forged(name: string, header: unknown, bytes: number): Promise<string> {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const path = join(folder, name);
  await writeFile(path, Buffer.concat([length, text, Buffer.alloc(bytes)]));
  return path;
}

describe('saveWeights and loadWeights', () => {
  it('bring back every tensor bit for bit, and the architecture', async () => {
    const model = resnet(tiny);
    const path = join(folder, 'round.safetensors');
    await saveWeights(model, path);
    const loaded = await loadWeights(path);
    assert.deepEqual(loaded.architecture, model.architecture);
    for (const part of ['params', 'buffers'] as const) {
      assert.deepEqual(Object.keys(loaded[part]), Object.keys(model[part]));
      for (const [name, tensor] of Object.entries(model[part])) {
        assert.deepEqual(loaded[part][name]?.dataSync(), tensor.dataSync(), name);
      }
    }
    model.dispose();
    loaded.dispose();
    assert.deepEqual(await readdir(folder), ['round.safetensors']);
  });

  it("write PyTorch's layouts", async () => {
    const model = resnet(tiny);
    const path = join(folder, 'layout.safetensors');
    await saveWeights(model, path);
    const { arrays } = await readSafetensors(path);
    const ours = model.params['conv1.weight'] as Tensor;
    const theirs = arrays['conv1.weight'];
    assert.deepEqual(ours.shape, [3, 3, 3, 2]);
    assert.deepEqual(theirs?.shape, [2, 3, 3, 3]);
    // Output 1, input 2, row 0, column 1 is number ((1·3 + 2)·3 + 0)·3 + 1 = 46 there, ((0·3 + 1)·3 + 2)·2 + 1 = 11 here.
    assert.equal(theirs?.values[46], ours.dataSync()[11]);
    assert.deepEqual(arrays['linear.weight']?.shape, [10, 3]);
    model.dispose();
  });

  it('read a PyTorch state dict that names no architecture', async () => {
    const model = resnet18({ width: 2, random: seeded(3) });
    const path = join(folder, 'ours.safetensors');
    await saveWeights(model, path);
    const { arrays } = await readSafetensors(path);
    const bare = join(folder, 'bare.safetensors');
    await writeSafetensors(bare, arrays);
    const loaded = await loadWeights(bare);
    const images = tf.randomUniform<tf.Rank.R4>([2, 32, 32, 3], 0, 1, 'float32', 5);
    assert.deepEqual(loaded.predict(images).dataSync(), model.predict(images).dataSync());
    assert.deepEqual(loaded.architecture, model.architecture);
    model.dispose();
    loaded.dispose();
  });

  it('refuse a file with a flipped bit, a missing, a left-over or a misshapen tensor', async () => {
    const path = await saved('good.safetensors');
    const data = await readFile(path);
    const last = data.length - 1;
    data[last] = (data[last] ?? 0) ^ 1;
    const flipped = join(folder, 'flipped.safetensors');
    await writeFile(flipped, data);
    await assert.rejects(
      loadWeights(flipped),
      /is damaged .* its content must have the SHA-256 that its header names/,
    );

    const { arrays, metadata } = await readSafetensors(path);
    const variant = async (change: (arrays: Record<string, NamedArray>) => void) => {
      const other = { ...arrays };
      change(other);
      const changed = join(folder, 'changed.safetensors');
      await writeSafetensors(changed, other, metadata);
      return loadWeights(changed);
    };
    const zeros = (shape: number[]) => ({
      shape,
      values: new Float32Array(shape.reduce((a, b) => a * b, 1)),
    });
    await assert.rejects(
      variant((arrays) => delete arrays['linear.bias']),
      /loadWeights: .*: 'linear.bias' must be \[10\], got none$/,
    );
    await assert.rejects(
      variant((arrays) => (arrays['module.conv1.weight'] = zeros([1]))),
      /the network has no 'module.conv1.weight'; strip prefixes such as 'module.' first$/,
    );
    await assert.rejects(
      variant((arrays) => (arrays['linear.weight'] = zeros([3, 10]))),
      /'linear.weight' must be \[10, 3\], got \[3, 10\]$/,
    );
  });

  it('refuse numbers that no network computes with', async () => {
    const { arrays, metadata } = await readSafetensors(await saved('numbers.safetensors'));
    const before = tf.memory().numTensors;
    for (const [name, value] of [
      ['conv1.weight', NaN],
      ['linear.bias', -Infinity],
      ['bn1.running_var', -1],
    ] as const) {
      const { shape = [], values = new Float32Array() } = arrays[name] ?? {};
      const changed = {
        ...arrays,
        [name]: { shape, values: values.map((old, i) => (i === 1 ? value : old)) },
      };
      const file = join(folder, 'numbers.safetensors');
      await writeSafetensors(file, changed, metadata);
      await assert.rejects(
        loadWeights(file),
        new DataError(
          `loadWeights: ${file}: '${name}' must hold finite numbers${value === -1 ? ' ≥ 0' : ''}, got ${value}; ` +
            'it is damaged, or of a training that diverged',
        ),
      );
    }
    assert.equal(tf.memory().numTensors, before);
  });

  it('say how to export a checkpoint whose names have prefixes', async () => {
    const { arrays } = await readSafetensors(await saved('prefix.safetensors'));
    const prefixed = Object.entries(arrays).map(([name, array]) => [`module.${name}`, array] as const);
    const file = join(folder, 'prefix.safetensors');
    await writeSafetensors(file, Object.fromEntries(prefixed));
    await assert.rejects(
      loadWeights(file),
      /a CIFAR ResNet's tensors, such as 'layer1.0.conv1.weight', got \["module.conv1.weight",.*export_pytorch.py makes such/,
    );
  });

  it('refuse hostile headers before they allocate anything', async () => {
    const f32 = (shape: number[], range: number[]) => ({ dtype: 'F32', shape, data_offsets: range });
    const before = tf.memory().numTensors;
    const cases: [string, unknown, number, RegExp][] = [
      ['text', 'no JSON', 0, /its header must be JSON in UTF-8$/],
      ['list', [1], 0, /its header must be a JSON object$/],
      ['metadata', { __metadata__: { a: 1 } }, 0, /its metadata must be texts by name$/],
      ['overlap', { a: f32([2], [0, 8]), b: f32([2], [4, 12]) }, 12, /'b' must start at byte 8, .* got 4$/],
      ['hole', { a: f32([1], [4, 8]) }, 8, /'a' must start at byte 0/],
      ['short', { a: f32([4], [0, 16]) }, 8, /its tensors must take the 8 bytes after the header, got 16$/],
      ['long', { a: f32([1], [0, 4]) }, 8, /its tensors must take the 8 bytes after the header, got 4$/],
      ['huge', { a: f32([2 ** 40, 2 ** 40], [0, 4]) }, 4, /'a', F32 .* got the range \[0,4\]$/],
      [
        'negative',
        { a: f32([-1], [0, 4]) },
        4,
        /'a' must have a shape of at most 8 whole numbers, got \[-1\]$/,
      ],
      ['dtype', { a: { ...f32([1], [0, 4]), dtype: 'Q4' } }, 4, /'a' must have a known dtype, got "Q4"$/],
      [
        'depth',
        { __metadata__: { architecture: '{"kind":"resnet","blocks":[9e9]}' } },
        0,
        /must name a network of Roarbook/,
      ],
      [
        'deep',
        {
          __metadata__: {
            architecture: '{"kind":"resnet","stem":1,"widths":[1],"blocks":[65536],"strides":[1]}',
          },
        },
        0,
        /blocks must be at most 1000, got 65536$/,
      ],
      ['none', {}, 0, /must name a network of Roarbook/],
    ];
    for (const [name, header, bytes, message] of cases) {
      const path = await forged(`${name}.safetensors`, header, bytes);
      await assert.rejects(
        loadWeights(path),
        (error) => error instanceof DataError && message.test(error.message),
        name,
      );
    }
    const lengths: [bigint, RegExp][] = [
      [2n ** 63n, /its header of \d+ bytes must fit into its 40 bytes$/],
      [33n, /its header of 33 bytes must fit into its 40 bytes$/],
    ];
    for (const [length, message] of lengths) {
      const data = Buffer.alloc(40);
      data.writeBigUInt64LE(length);
      const path = join(folder, 'length.safetensors');
      await writeFile(path, data);
      await assert.rejects(loadWeights(path), message);
    }
    await assert.rejects(loadWeights(join(folder, 'absent')), /must be a readable file; check the path$/);
    assert.equal(tf.memory().numTensors, before);
  });
});

describe('a hostile header', () => {
  const deep = '['.repeat(200_000) + ']'.repeat(200_000);
  const tensor = (changes: string) => `{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]${changes}}}`;
  const named = (architecture: string) => JSON.stringify({ __metadata__: { architecture } });
  const headers: Record<string, string> = {
    'nests a shape': `{"a":{"dtype":"F32","shape":${deep},"data_offsets":[0,4]}}`,
    'nests a range': tensor(`,"data_offsets":${deep}`),
    'nests a type': tensor(`,"dtype":${deep}`),
    'nests an architecture': named(`{"kind":"resnet","stem":${deep}}`),
    'nests a kind': named(`{"kind":${deep}}`),
    'has no text for a kind': named('{"kind":{"toString":1}}'),
    'names a tensor twice': `{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},${tensor('').slice(1)}`,
    'has a name of a million letters': tensor('').replace('"a"', `"a${'b'.repeat(1e6)}"`),
    'has a type of a million letters': tensor(`,"dtype":"${'b'.repeat(1e6)}"`).replace('"dtype":"F32",', ''),
    'has a shape of a million numbers': tensor(`,"shape":[${'1,'.repeat(1e6)}1]`).replace('"shape":[1],', ''),
    'takes more than 4 MiB': `{${' '.repeat(2 ** 22)}}`,
  };
  for (const [what, header] of Object.entries(headers)) {
    it(`that ${what} is a DataError of a few words, and leaves no tensor`, async () => {
      const path = join(folder, 'hostile.safetensors');
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(Buffer.byteLength(header)));
      const data = Buffer.alloc(header.includes('"a"') ? 4 : 0);
      await writeFile(path, Buffer.concat([length, Buffer.from(header), data]));
      const before = tf.memory().numTensors;
      await assert.rejects(
        loadWeights(path),
        (error) => error instanceof DataError && error.message.length < 400,
      );
      assert.equal(tf.memory().numTensors, before);
    });
  }
});
