import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeBundle, format } from '../../src/display/format.js';

const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 1]);

describe('format', () => {
  const cases: [string, unknown, Record<string, unknown>][] = [
    ['a number', 2, { 'text/plain': '2' }],
    [
      'what the display symbol says',
      { [Symbol.for('Jupyter.display')]: () => ({ 'text/html': '<p>' }) },
      { 'text/html': '<p>' },
    ],
    [
      'a Vega specification',
      { $schema: 'https://vega.github.io/schema/vega/v5.json', title: 'T' },
      {
        'application/vnd.vega.v5+json': { $schema: 'https://vega.github.io/schema/vega/v5.json', title: 'T' },
        'text/plain': 'Vega chart: T',
      },
    ],
    [
      'toHTML()',
      { toHTML: () => '<table>', toMarkdown: () => '|a|' },
      { 'text/html': '<table>', 'text/plain': '|a|' },
    ],
    ['an image', png, { 'image/png': png, 'text/plain': 'image/png, 5 bytes' }],
    ['bytes that are no image', new Uint8Array([1]), { 'text/plain': 'Uint8Array(1) [ 1 ]' }],
  ];
  for (const [what, value, bundle] of cases)
    it(`shows ${what}`, () => assert.deepEqual(format(value), bundle));

  it('awaits a display method that is asynchronous', async () => {
    const value = { [Symbol.for('Jupyter.display')]: async () => Promise.resolve({ 'text/plain': 'later' }) };
    assert.deepEqual(await format(value), { 'text/plain': 'later' });
  });

  it('summarises a tensor: min, mean and max of [1, 2, 6] are 1, 3, 6', () => {
    const tensor = {
      dataId: {},
      dtype: 'float32',
      shape: [3],
      size: 3,
      isDisposed: false,
      dataSync: () => [1, 2, 6],
    };
    assert.deepEqual(format(tensor), { 'text/plain': 'Tensor float32 [3]\nmin 1, mean 3, max 6\n[1, 2, 6]' });
    const disposed = { ...tensor, isDisposed: true };
    assert.deepEqual(format(disposed), { 'text/plain': 'Tensor float32 [3] (disposed)' });
  });
});

describe('encodeBundle', () => {
  it('writes bytes as base64', () => {
    assert.deepEqual(encodeBundle({ 'image/png': png }), { 'image/png': 'iVBORwE=' });
  });
});
