import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { NotebookCell } from '../../../src/notebook/notebookFile.js';
import { exportPage } from '../../../src/notebook/page/exportPage.js';
import { temporaryFolder } from '../../fixtures/temporaryFolder.js';
import { codeCell, notebook, prints, shows } from '../notebooks.js';

const folder = temporaryFolder();
const markdown = (source: string): NotebookCell => ({ cell_type: 'markdown', source, metadata: {} });
const figure = {
  'application/vnd.vegalite.v5+json': {
    data: { values: [{ x: 1, label: '</script><b>' }] },
    mark: 'point',
    encoding: { x: { field: 'x', type: 'quantitative' } },
  },
  'image/png': 'iVBORw0KGgo=',
  'text/plain': 'one point',
};

const page = (...cells: NotebookCell[]) => exportPage(notebook(cells), { folder }).html;

describe('exportPage', () => {
  it('needs no other file: neither address nor import', () => {
    const html = page(markdown('# Title & more'), codeCell('x', [shows(figure)]));
    assert.match(html, /<title>Title &amp; more<\/title>/);
    assert.doesNotMatch(html, /<(script|img|link)[^>]+(src|href)="(?!data:)/);
    assert.match(html, /new vega\.View/);
  });

  it('folds code under its first line and escapes it', () => {
    assert.match(
      page(codeCell("import a from 'a';\nconst b = 1 < 2;", [prints('<i>')])),
      /<summary><code>const b = 1 &lt; 2;<\/code><\/summary><pre>.*<pre class="stdout">&lt;i&gt;<\/pre>/s,
    );
  });

  it('draws formulas without scripts, and keeps what Markdown would take for emphasis', () => {
    const html = page(markdown('a $x_i * y_i$ b\n\n$$\\sum_i z_i$$ costs $5'));
    assert.match(html, /<math>.*<msub><mi>x<\/mi><mi>i<\/mi><\/msub>/s);
    assert.match(html, /<span class="formula" tabindex="0"><math display="block"/);
    assert.match(html, /\.formula {[^}]*overflow-x: auto/);
    assert.match(html, /costs \$5/);
    assert.doesNotMatch(html, /<script/);
  });

  it('keeps a figure as data that no text in it can end', () => {
    const html = page(codeCell('x', [shows(figure)]));
    assert.match(html, /\\u003c\/script>\\u003cb>/);
    assert.match(html, /<img src="data:image\/png;base64,iVBORw0KGgo=" alt="one point">/);
  });

  it('lets a figure follow the room that the page has for it', () => {
    const room = { op: 'add', path: '/signals/-', value: { name: 'room', value: 5 } };
    const mime = 'application/vnd.vegalite.v5+json';
    const follows = { params: [{ name: 'a', value: 1 }], usermeta: { embedOptions: { patch: [room] } } };
    const html = page(codeCell('x', [shows({ ...figure, [mime]: { ...figure[mime], ...follows } })]));
    assert.match(html, /"signals":\[[^\]]*{"name":"room","value":5}\]/);
  });

  it('shows a still picture as wide as its metadata says, not as its pixels', () => {
    const output = { ...shows(figure), metadata: { 'image/png': { width: 420, height: 300 } } };
    assert.match(page(codeCell('x', [output])), /<img [^>]*alt="one point" width="420">/);
  });

  it('leaves out still pictures of interactive figures where the page would be too large', () => {
    const { html, hasFallbacks } = exportPage(notebook([codeCell('x', [shows(figure)])]), {
      folder,
      limit: 1,
    });
    assert.equal(hasFallbacks, false);
    assert.doesNotMatch(html, /<img/);
    assert.match(html, /one point/);
  });

  it('embeds the pictures that lie beside the notebook', () => {
    writeFileSync(path.join(folder, 'a.png'), 'PNG');
    assert.match(
      page(markdown('![what](a.png) ![far](https://example.org/b.png)')),
      /src="data:image\/png;base64,UE5H"/,
    );
  });
});
