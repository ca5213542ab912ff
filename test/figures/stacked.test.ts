import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Figure } from '../../src/figures/figure.js';
import type { Spec } from '../../src/figures/figure.js';
import { vegaSpec } from '../../src/figures/render.js';
import { displaySymbol } from '../../src/display/format.js';

const axes = { x: { field: 'x', type: 'quantitative' }, y: { field: 'y', type: 'quantitative' } };
const panel = { width: 250, data: { values: [{ x: 1, y: 2 }] }, mark: 'point', encoding: axes };
const caption =
  'A caption that is long enough for a second line where only one panel stands above the other.';

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly value: { readonly signal: string };
}

async function patchOf(figure: Figure): Promise<Operation[]> {
  const bundle = await figure[displaySymbol]();
  const { usermeta } = bundle['application/vnd.vegalite.v5+json'] as {
    usermeta?: { embedOptions: { patch: Operation[] } };
  };
  return usermeta?.embedOptions.patch ?? [];
}

/** What a signal is in a window of such a width. */
function at(width: number, { value }: Operation): unknown {
  const [, limit, narrow, wide] = /^windowSize\(\)\[0\] < (\d+) \? (.*) : (.*)$/.exec(value.signal) ?? [];
  return JSON.parse(String(width < Number(limit) ? narrow : wide));
}

describe('stacked', () => {
  const figure = new Figure({ hconcat: [panel, panel] }, { title: 'Title', caption, width: 700 });

  it('asks for one column and shorter lines in a narrow window, and for two in a wide one', async () => {
    const [columns, title, lines] = await patchOf(figure);
    assert.ok(columns && title && lines);
    assert.deepEqual([at(960, columns), at(1280, columns)], [1, 2]);
    assert.deepEqual(at(960, title), ['Title']);
    assert.equal((at(960, lines) as string[]).join(' '), caption);
    assert.deepEqual(at(1280, lines), [caption]);
    assert.ok((at(960, lines) as string[]).length > 1);
  });

  it('patches only what the drawing has, so that no viewer stumbles over it', async () => {
    const drawing = vegaSpec(figure.spec);
    for (const { op, path } of await patchOf(figure)) {
      const [, part = ''] = path.split('/');
      assert.ok(op === 'add' && part in drawing, path);
    }
  });

  it('leaves the specification plain, and an edited copy or panels without names as they are', async () => {
    assert.equal(figure.spec['usermeta'], undefined);
    assert.deepEqual(await patchOf(new Figure({ ...figure.spec, title: 'Mine' })), []);
    const nameless: Spec = { ...panel, encoding: { ...axes, y: { ...axes.y, axis: null } } };
    assert.deepEqual(await patchOf(new Figure({ hconcat: [panel, nameless] }, { caption })), []);
    assert.deepEqual(await patchOf(new Figure(panel, { caption })), []);
  });
});
