import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { documentOf } from '../../../src/experiments/page/document.js';
import type { ShownSection } from '../../../src/experiments/page/document.js';
import { untested } from '../../../src/tables/claim.js';
import { Statements } from '../../../src/tables/statements.js';
import { Table, tableOf } from '../../../src/tables/table.js';
import { Figure } from '../../../src/figures/figure.js';
import { tiny } from '../../fixtures/tinyProfile.js';

const table = new Table(tableOf([{ accuracy: 0.5 }]), { columns: [{ name: 'accuracy', title: 'Accuracy' }] });
const claims = new Statements([untested('Maps < gradients.', 'there is no explainer')]);
const terse = new Statements([untested('It grows (with |∇Ψ|) at 60, 80 % removed.', 'no')]);
const figure = new Figure(
  { mark: 'point', data: { values: [{ x: 1 }] }, encoding: { x: { field: 'x', type: 'quantitative' } } },
  { title: 'One', caption: ['</script>'], altText: 'A "point"', width: 100 },
);

const sectionOf = (exhibits: ShownSection['exhibits']): ShownSection => ({
  ...{ name: 'own', title: 'A & B: more', notebook: 'own.ipynb', exhibits },
  times: [
    { label: 'standard model, seed 0', kind: 'model', seconds: 30 },
    { label: 'another', kind: 'measure', seconds: null },
  ],
});

const pageOf = (...sections: ShownSection[]) => pageBeside([], sections);

const pageBeside = (files: readonly string[], sections: ShownSection[]) =>
  documentOf({
    profile: tiny(),
    provenance: { profile: 'smoke', dataset: '<shapes>', seeds: [3, 7], device: 'CPU' },
    checksums: { training: 'abc' },
    software: { commit: '0123456' },
    sections,
    files: new Set(files),
  });

describe('the report page', () => {
  const plain = sectionOf([
    { name: 'numbers', title: 'Numbers', shown: table },
    { name: 'said', title: 'What the numbers say', shown: claims },
  ]);

  it('is plain HTML where there is no figure, with each table in a box of its own that scrolls', async () => {
    const page = await pageOf(plain);
    assert.doesNotMatch(page, /<script/);
    assert.match(page, /<meta name="viewport" content="width=device-width/);
    const tables = page.match(/<table/g)?.length;
    assert.equal(page.match(/<div class="scroll( stacked)?">(<[^>]+>)*<table/g)?.length, tables);
    assert.match(page, /<a href="#own">A &amp; B<\/a>/);
  });

  it('lists each claim with its verdict first, and leads to the numbers', async () => {
    const page = await pageOf(plain);
    assert.match(page, /Of 1 claim: 1 <span class="badge open">– not tested<\/span>/);
    assert.match(page, /<a href="#own-claims">Maps &lt; gradients\.<\/a>/);
    assert.match(page, /<article id="own-claims">/);
  });

  it('breaks no line before a per cent sign or within bars', async () => {
    const page = await pageOf(sectionOf([{ name: 'said', title: 'Said', shown: terse }]));
    const [, inside] =
      /\(with <span style="white-space:nowrap">(.*?)<\/span>\) at 60, 80&nbsp;% removed/.exec(page) ?? [];
    assert.equal(inside, '|∇Ψ|');
  });

  it('links to the files beside it and to no others', async () => {
    const page = await pageBeside(['own.html', 'numbers.csv', 'other.csv'], [plain]);
    const files = [...page.matchAll(/href="([^"#]+)"/g)].map(([, file]) => file);
    assert.deepEqual(files, ['own.html', 'numbers.csv']);
    assert.deepEqual([...(await pageOf(plain)).matchAll(/href="([^"#]+)"/g)], []);
  });

  it('says where the numbers come from: data, seeds, device, commit, checksums, options, time per task', async () => {
    // A task of two sections is listed once.
    const page = await pageOf(plain, { ...plain, name: 'other' });
    for (const text of ['&lt;shapes&gt;', '3, 7', 'CPU', '0123456', 'abc', 'training images, SHA-256'])
      assert.ok(page.includes(`>${text}<`), text);
    assert.equal(page.match(/<td>standard model, seed 0<\/td><td class="number">30 s<\/td>/g)?.length, 1);
    assert.match(page, /<td>another<\/td><td class="number">–<\/td>/);
    assert.match(page, /&quot;learningRate&quot;: 0\.1/);
  });

  it('draws a figure as a named picture, and no text of it ends the script', async () => {
    const page = await pageOf(sectionOf([{ name: 'drawn', title: 'Drawn', shown: figure }]));
    assert.match(page, /<svg role="img" aria-label="A &quot;point&quot;"/);
    const [, specs = ''] = /<script id="specs" type="application\/json">(.*?)<\/script>/s.exec(page) ?? [];
    assert.equal((JSON.parse(specs) as object[]).length, 1);
  });
});
