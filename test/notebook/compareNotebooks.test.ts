import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { displaySymbol } from '../../src/display/format.js';
import { rasterUrl } from '../../src/figures/raster.js';
import { compareNotebooks } from '../../src/notebook/compareNotebooks.js';
import type { CellOutput, NotebookFile } from '../../src/notebook/notebookFile.js';
import { provenance, provenanceMime, shownProvenance } from '../../src/notebook/provenance.js';
import { table } from '../../src/tables/table.js';
import { codeCell, notebook, prints, shows } from './notebooks.js';

interface Options {
  tolerance?: number;
  tags?: string[];
}

/** Differences between a cell that showed one thing and now shows another. */
async function differences(stored: CellOutput, got: CellOutput, { tolerance = 0, tags = [] }: Options = {}) {
  const showing = (output: CellOutput) => notebook([codeCell('x', [output], { tags })]);
  const found = await compareNotebooks(showing(stored), showing(got), { tolerance });
  return found.differences.map(({ kind, path, stored: before, got: after, by }) =>
    by === undefined
      ? { kind, path, stored: before, got: after }
      : { kind, path, stored: before, got: after, by },
  );
}

const vega = (y: number) => shows({ 'application/vnd.vegalite.v5+json': { data: { values: [{ y }] } } });

/** A picture of four grey pixels. */
const picture = (...pixels: number[]) =>
  shows({ 'image/png': rasterUrl({ pixels: Uint8Array.from(pixels), height: 2, width: 2 }).split(',')[1] });

describe('compareNotebooks', () => {
  it('names the cell, the place and the difference of a number in a figure', async () => {
    const cells = (y: number) => notebook([codeCell('one'), codeCell('import a\nplot();', [vega(y)])]);
    const { differences: found } = await compareNotebooks(cells(1.5), cells(1.25), { tolerance: 0 });
    assert.deepEqual(found, [
      {
        ...{ cell: 2, head: 'plot();', kind: 'figure' },
        ...{ path: 'data.values[0].y', stored: '1.5', got: '1.25', by: 0.25 },
      },
    ]);
  });

  it('finds numbers in text, with true minus signs, and words that changed', async () => {
    assert.deepEqual(await differences(prints('a −2.5 b 7'), prints('a −2 b 7')), [
      { kind: 'printed text', path: '', stored: '-2.5', got: '-2', by: 0.5 },
    ]);
    assert.deepEqual(await differences(prints('resolved: 7'), prints('not resolved: 7')), [
      { kind: 'printed text', path: '', stored: 'resolved: 7', got: 'not resolved: 7' },
    ]);
  });

  it('names row and column of a number in a table, once for all its formats', async () => {
    const shown = (x: number) =>
      table(
        [
          { model: 'a', x: 1 },
          { model: 'b', x },
        ],
        { title: 'T', columns: [{ name: 'model' }, { name: 'x', digits: 1 }] },
      );
    const bundle = (x: number) => shows(shown(x)[displaySymbol]());
    assert.deepEqual(await differences(bundle(2.25), bundle(2.75)), [
      { kind: 'table', path: 'row 2 (b), x', stored: '2.3', got: '2.8', by: 0.5 },
      { kind: 'table', path: 'row 2 (b), x, unrounded', stored: '2.25', got: '2.75', by: 0.5 },
    ]);
    const { 'text/html': html, ...rest } = shown(2.25)[displaySymbol]();
    const forged = shows({ 'text/html': String(html).replace('>2.3<', '>2.0<'), ...rest });
    assert.deepEqual(
      (await differences(forged, bundle(2.25))).map(({ path, stored }) => [path, stored]),
      [['row 2 (b), x', '2']],
    );
    const renamed = shows({ 'text/html': String(html).replace('>T<', '>U<'), ...rest });
    assert.deepEqual(
      (await differences(renamed, bundle(2.25))).map(({ path }) => path),
      ['around'],
    );
  });

  it('allows the tolerance times the larger of 1 and the stored number', async () => {
    assert.equal((await differences(vega(100), vega(105), { tolerance: 0.05 })).length, 0);
    assert.equal((await differences(vega(100), vega(105.1), { tolerance: 0.05 })).length, 1);
    assert.equal((await differences(vega(0.1), vega(0.14), { tolerance: 0.05 })).length, 0);
  });

  it('compares pictures by bytes, or by their mean difference', async () => {
    const [a, b] = [picture(0, 0, 0, 0), picture(51, 0, 0, 0)];
    // 51 of 255 in one of four pixels is 0.05.
    assert.deepEqual(await differences(a, b), [
      { kind: 'picture', path: '', stored: 'a picture', got: 'another picture, in 1 of 4 pixels', by: 0.05 },
    ]);
    assert.deepEqual(await differences(a, b, { tolerance: 0.06 }), []);
  });

  it('asks of timings only that they are there', async () => {
    const timing = { tags: ['timing'] };
    assert.deepEqual(await differences(prints('3.5 ms'), prints('1 s'), timing), []);
    assert.equal((await differences(prints('3.5 ms'), prints('none'), timing))[0]?.got, 'without numbers');
    assert.equal((await differences(prints('3.5 ms'), vega(1), timing))[0]?.kind, 'output');
  });

  it('leaves out progress, live controls, provenance and messages; what is missing is a difference', async () => {
    const progress = shows({ 'application/vnd.roarbook.progress+json': {}, 'text/plain': '3 s left' });
    assert.deepEqual(await differences(progress, prints('warning', 'stderr')), []);
    for (const name of ['live', 'provenance'])
      assert.deepEqual(
        await differences(
          shows({ [`application/vnd.roarbook.${name}+json`]: {}, 'text/html': '1' }),
          progress,
        ),
        [],
      );
    assert.deepEqual(await differences(vega(1), progress), [
      { kind: 'output', path: '', stored: 'figure', got: 'nothing' },
    ]);
  });

  it('names the one cell that was added, removed or changed, and compares those behind it with their own', async () => {
    const cells = (...codes: string[]) => notebook(codes.map((code) => codeCell(code, [prints(code)])));
    const between = async (stored: string, got: string) => {
      const pair = [stored, got].map((codes) => cells(...codes)) as [NotebookFile, NotebookFile];
      const found = await compareNotebooks(...pair, { tolerance: 0 });
      return found.differences.map(({ cell, head, kind, stored: before, got: after }) =>
        [cell, head, kind, before, after].join(' '),
      );
    };
    assert.deepEqual(await between('abcde', 'acde'), ['2 b cell there missing']);
    assert.deepEqual(await between('abcde', 'abbcde'), ['3 b cell missing there']);
    assert.deepEqual(await between('abcde', 'abxde'), ['3 c code c x']);
    assert.deepEqual(await between('abc', 'abcd'), ['4 d cell missing there']);
    assert.deepEqual(await between('ab', 'xyz'), [
      ...['1 a cell there missing', '2 b cell there missing'],
      ...['1 x cell missing there', '2 y cell missing there', '3 z cell missing there'],
    ]);
  });

  it('names the one text that was added', async () => {
    const texts = (...sources: string[]) =>
      notebook([
        ...sources.map((source) => ({ cell_type: 'markdown', source, metadata: {} }) as const),
        codeCell('x'),
      ]);
    const found = await compareNotebooks(texts('a', 'b'), texts('new', 'a', 'b'), { tolerance: 0 });
    assert.deepEqual(found.differences, [
      { cell: 1, head: 'the text before it', kind: 'text', path: '', stored: 'missing', got: 'there' },
    ]);
  });

  it('lets each run name its own device', async () => {
    const on = (device: string) =>
      notebook([codeCell('x', [prints(`7 images. ${device}.`)])], { roarbook: { provenance: { device } } });
    const [cpu, gpu] = [on('CPU, 2 threads'), on('NVIDIA H100')];
    const { differences: found } = await compareNotebooks(cpu, gpu, { tolerance: 0.05 });
    assert.deepEqual(found, []);
  });

  it('compares the losses and accuracies that progress ended with, but not their times', async () => {
    const mime = 'application/vnd.roarbook.progress+json';
    const ends = (line: string) =>
      shows({ [mime]: { ended: true }, 'text/plain': line, 'text/html': `<div>${line}</div>` });
    const line = 'robust, seed 0: accuracy 41.2 %';
    assert.deepEqual(await differences(ends(`${line} (17 s)`), ends(`${line} (3 min 4 s)`)), []);
    assert.deepEqual(
      await differences(ends('robust, seed 0: accuracy 41.5 % (2 s)'), ends(`${line} (2 s)`)),
      [{ kind: 'progress', path: '', stored: '41.5', got: '41.2', by: 41.5 - 41.2 }],
    );
    const forged = shows({
      [mime]: { ended: true },
      'text/plain': line,
      'text/html': '<div>accuracy 7</div>',
    });
    const shown = shows({
      [mime]: { ended: true },
      'text/plain': line,
      'text/html': '<div>accuracy 8</div>',
    });
    assert.deepEqual(await differences(forged, shown), [
      { kind: 'progress', path: '', stored: '7', got: '8', by: 1 },
    ]);
    const cells = (outputs: CellOutput[]) => notebook([codeCell('x', outputs)]);
    // A run that reads the result from its store shows no progress.
    assert.deepEqual(await compareNotebooks(cells([ends(line)]), cells([]), { tolerance: 0 }), {
      differences: [],
      uncompared: 1,
    });
  });

  it('compares what viewers say of a picture, tooltips in tables, embedded pictures, and the text between cells', async () => {
    const said = (alt: string) => ({ ...vega(1), metadata: { 'image/png': { alt } } });
    assert.deepEqual(
      (await differences(said('0.90 at ε = 0'), said('0.91 at ε = 0'))).map(({ kind, path }) => [kind, path]),
      [['description', 'image/png.alt']],
    );
    const cell = (title: number) =>
      shows({ 'text/html': `<table><tr><th>x</th></tr><tr><td title="${title}">1</td></tr></table>` });
    assert.equal((await differences(cell(1), cell(2)))[0]?.path, 'row 1 (1), x, markup');
    const damaged = (letter: string) =>
      shows({ 'text/html': `<img src="data:image/png;base64,iVBOR${letter}">` });
    assert.equal((await differences(damaged('a'), damaged('b')))[0]?.stored, 'a damaged picture');
    const text = (source: string) =>
      notebook([{ cell_type: 'markdown', source, metadata: {} }, codeCell('x', [vega(1)])]);
    const { differences: found } = await compareNotebooks(text('7 images'), text('8 images'), {
      tolerance: 0,
    });
    assert.deepEqual(found, [
      { cell: 1, head: 'the text before it', kind: 'text', path: '', stored: '7 images', got: '8 images' },
    ]);
  });

  it('takes other seeds, profiles and data sets for differences', async () => {
    const noted = (seeds: number[]) => notebook([codeCell('x')], { roarbook: { provenance: { seeds } } });
    const { differences: found } = await compareNotebooks(noted([0]), noted([1]), { tolerance: 0 });
    assert.deepEqual(
      found.map(({ cell, path, stored, got }) => [cell, path, stored, got]),
      [[0, 'seeds', '[0]', '[1]']],
    );
  });

  it('notices a provenance cell that shows something else than the run noted', async () => {
    const bundle = shownProvenance(provenance());
    const noting = (data: Record<string, unknown>) =>
      notebook([codeCell('x'), codeCell('provenance()', [shows(data)], { tags: ['provenance'] })], {
        roarbook: { provenance: bundle[provenanceMime] },
      });
    const untouched = noting(bundle);
    const found = async (data: Record<string, unknown>) =>
      (await compareNotebooks(noting(data), untouched, { tolerance: 0 })).differences.map(
        ({ cell, kind, path, stored, got }) => ({ cell, kind, path, stored, got }),
      );
    assert.deepEqual(await found(bundle), []);
    const place = { cell: 2, kind: 'provenance' };
    const html = String(bundle['text/html']).replace(`<td`, `<td title="x"`);
    assert.deepEqual(
      (await found({ ...bundle, 'text/html': html })).map(({ cell, kind }) => ({ cell, kind })),
      [place],
    );
    const json = { ...(bundle[provenanceMime] as object), seeds: [7] };
    const [seeds, shown] = await found({ ...bundle, [provenanceMime]: json });
    assert.deepEqual(seeds, { ...place, path: 'seeds', stored: '[7]', got: '[]' });
    assert.equal(shown?.cell, 2);
  });
});
