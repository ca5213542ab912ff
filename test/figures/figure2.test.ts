import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PNG } from 'pngjs';
import { ArgumentError } from '../../src/errors.js';
import { figure2 } from '../../src/figures/figure2.js';
import { rasterUrl } from '../../src/figures/raster.js';

const provenance = { profile: 'smoke', dataset: 'generated shapes', seeds: [0], device: 'CPU, 2 threads' };

/** Reads a PNG data URL with another program than wrote it. */
function decode(url: string) {
  const png = Buffer.from(url.replace('data:image/png;base64,', ''), 'base64');
  const { width, height, data } = PNG.sync.read(png);
  const channels = png[25] === 0 ? 1 : 3;
  return { width, height, channels, pixels: data.filter((_, i) => i % 4 < channels) };
}

describe('rasterUrl', () => {
  it('enlarges each pixel to a square', () => {
    const url = rasterUrl({ pixels: Uint8Array.of(1, 2, 3, 4), height: 2, width: 2 }, { zoom: 2 });
    const { width, height, pixels } = decode(url);
    assert.deepEqual([width, height], [4, 4]);
    assert.deepEqual([...pixels], [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4]);
  });

  it('writes colours as red, green, blue', () => {
    const { channels, pixels } = decode(rasterUrl({ pixels: Uint8Array.of(9, 8, 7), height: 1, width: 1 }));
    assert.equal(channels, 3);
    assert.deepEqual([...pixels], [9, 8, 7]);
  });

  it('names a number of bytes that is no picture', () => {
    assert.throws(
      () => rasterUrl({ pixels: new Uint8Array(8), height: 2, width: 2 }),
      new ArgumentError('rasterUrl: pixels must have 1 or 3 bytes each, got 2'),
    );
  });
});

describe('figure2', () => {
  const size = 10 * 10;
  // One channel sum rises from 0 to 99 over the image; its 99th percentile is 98.
  const ramp = Float32Array.from({ length: 2 * size * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3) % size;
    return [-pixel / 2, pixel / 4, -pixel / 4][i % 3] ?? 0;
  });
  const grid = {
    images: Uint8Array.from({ length: 2 * size * 3 }, (_, i) => i % 251),
    shape: [10, 10, 3] as const,
    names: ['cat', 'cat'],
    maps: { standard: ramp, other: new Float32Array(2 * size) },
  };
  const figure = figure2(grid, { provenance });
  const values = (figure.spec['data'] as { values: { row: number; column: string; url: string }[] }).values;

  it('has a row for each image, of one class or not, and a column for the image and each model', () => {
    assert.deepEqual(
      values.map(({ row, column }) => `${row} ${column}`),
      ['0 Image', '0 Standard', '0 other', '1 Image', '1 Standard', '1 other'],
    );
  });

  it('shows the image as it is, from bytes and from floats', () => {
    const zoomed = decode(values[0]?.url ?? '');
    assert.deepEqual([zoomed.width, zoomed.height], [60, 60]);
    assert.deepEqual([...zoomed.pixels.subarray(0, 3)], [0, 1, 2]);
    const floats = figure2(
      { ...grid, images: Float32Array.from(grid.images, (byte) => byte / 255) },
      { provenance },
    );
    assert.deepEqual(floats.spec['data'], figure.spec['data']);
  });

  it('scales sums of absolute values so that the 99th percentile is black, zero white', () => {
    const { pixels } = decode(values[1]?.url ?? '');
    const grey = (pixel: number) => pixels[Math.floor(pixel / 10) * 6 * 60 + (pixel % 10) * 6];
    assert.deepEqual([grey(0), grey(49), grey(98), grey(99)], [255, 255 - Math.round((255 * 49) / 98), 0, 0]);
    assert.ok(decode(values[2]?.url ?? '').pixels.every((byte) => byte === 255));
  });

  it('keeps the pictures and all names in the drawing', async () => {
    const svg = await figure.svg();
    assert.equal(svg.match(/<image [^>]*data:image\/png/g)?.length, 6);
    for (const name of ['Image', 'Standard', 'other', 'cat'])
      assert.ok(svg.includes(`>${name}</text>`), name);
  });

  it('names maps that do not fit the images', () => {
    assert.throws(
      () => figure2({ ...grid, maps: { pgd: new Float32Array(150) } }, { provenance }),
      new ArgumentError('figure2: maps.pgd must hold 2 maps of 10×10, got 150 numbers'),
    );
  });
});
