import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Figure } from '../../src/figures/figure.js';
import { figure3Slider } from '../../src/figures/figure3.js';
import { mapGrid } from '../../src/figures/mapGrid.js';
import { narrow } from '../../src/figures/narrow.js';

const size = 4 * 4 * 3;

/** Two images and their maps by so many methods, 'm1', 'm2', … */
function grid(methods: number): Figure {
  const maps = Array.from({ length: methods }, (_, i) => [`m${i + 1}`, new Float32Array(2 * size).fill(i)]);
  return mapGrid(
    {
      images: new Float32Array(2 * size).fill(0.5),
      shape: [4, 4, 3],
      names: ['cat', 'dog'],
      maps: Object.fromEntries(maps) as Record<string, Float32Array>,
    },
    { title: 'Maps', side: 72 },
  );
}

interface Part {
  data: { values: { column: string }[] };
  encoding: { x: { sort: string[] } };
}

describe('narrow', () => {
  it('cuts a grid of many columns into parts that fit a phone, each with the images', async () => {
    const slim = narrow(grid(10).spec);
    const parts = slim['vconcat'] as Part[];
    // Ten maps in parts of at most three.
    assert.deepEqual(
      parts.map(({ encoding }) => encoding.x.sort),
      [
        ['Image', 'm1', 'm2', 'm3'],
        ['Image', 'm4', 'm5'],
        ['Image', 'm6', 'm7', 'm8'],
        ['Image', 'm9', 'm10'],
      ],
    );
    assert.ok(parts.every(({ data, encoding }) => data.values.length === 2 * encoding.x.sort.length));
    const svg = await new Figure({ ...slim, title: undefined }).svg();
    const width = Number(/ width="([\d.]+)"/.exec(svg)?.[1]);
    // Four pictures of 72 + 6 pixels and the names.
    assert.ok(width > 4 * 78 && width <= 390, String(width));
    assert.equal([...svg.matchAll(/<image /g)].length, 2 * (10 + 4));
  });

  it('cuts a long row of images into rows, with one slider for all', async () => {
    const names = Array.from({ length: 8 }, (_, i) => `class ${i}`);
    const flat = new Float32Array(8 * size).fill(0.5);
    const { spec } = figure3Slider(
      {
        images: flat,
        shape: [4, 4, 3],
        names,
        byRadius: [
          { epsilon: 0, maps: flat },
          { epsilon: 1, maps: flat },
        ],
      },
      { provenance: { profile: 'quick', shrunk: '', dataset: 'shapes', seeds: [0], device: 'CPU' } },
    );
    const slim = narrow({ ...spec, title: undefined });
    const svg = await new Figure(slim).svg();
    const width = Number(/ width="([\d.]+)"/.exec(svg)?.[1]);
    assert.ok(width > 4 * 90 && width <= 450, String(width));
    assert.equal([...svg.matchAll(/<image /g)].length, 2 * 8);
    assert.ok(names.every((name) => svg.includes(`>${name}<`)));
    assert.equal((slim['params'] as unknown[]).length, 2);
  });

  it('leaves a grid of few columns whole', () => {
    const { spec } = grid(5);
    assert.equal(narrow(spec), spec);
  });
});
