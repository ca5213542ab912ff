import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { publicFunctions } from '../examples/publicFunctions.js';

const root = path.resolve(import.meta.dirname, '../..');

const pageOf = (name: string) => readFileSync(path.join(root, `docs/api/functions/${name}.html`), 'utf8');

describe('npm run docs', () => {
  before(() => execFileSync(process.execPath, ['scripts/docs.mjs'], { cwd: root, stdio: 'pipe' }));

  it("makes a page for every public function, a method's with formula, source, cost and example", () => {
    const index = readFileSync(path.join(root, 'docs/api/index.html'), 'utf8');
    for (const { name, room } of publicFunctions()) {
      const page = pageOf(name);
      assert.ok(index.includes(`functions/${name}.html`), name);
      if (room !== 'attribution') continue;
      for (const part of [/class="formula"/, />(Source|See also)</, />Cost</, />Example</])
        assert.match(page, part, name);
    }
  });

  it("names each error's class, and takes parameters and errors from the page that a docstring points to", () => {
    const error = (name: string, when: string) =>
      `<li><a href="../classes/${name}.html"><code>${name}</code></a>: ${when}`;
    const shared = [error('ArgumentError', 'If an argument has'), '<p>Classes [N] in 0…K−1; default'];
    const pages = {
      smoothGrad: shared,
      varGrad: shared,
      fgsm: [error('InterruptedError', 'When the user stops')],
      trainAdversarial: [error('DivergenceError', 'If a loss'), error('ArgumentError', 'If images leave')],
    };
    for (const [name, parts] of Object.entries(pages))
      for (const part of parts) assert.ok(pageOf(name).includes(part), `${name}: ${part}`);
  });

  it('makes no link to a page that is not there', () => {
    const pages = ['index.html', ...publicFunctions().map(({ name }) => `functions/${name}.html`)];
    for (const page of pages) {
      const file = path.join(root, 'docs/api', page);
      for (const [, link = ''] of readFileSync(file, 'utf8').matchAll(/href="([^"#:]+)["#]/g))
        assert.ok(existsSync(path.resolve(path.dirname(file), link)), `${page}: ${link}`);
    }
  });

  it('sets subscripts and code in formulas and in prose, and leaves no Markdown in them', () => {
    assert.match(pageOf('trainStandard'), /class="formula">[^]*?∇<sub>θ<\/sub>/);
    assert.match(pageOf('saliency'), /<p>The logit z<sub>c<\/sub>,/);
    assert.match(pageOf('alignment'), /class="formula">[^]*?<code>signed<\/code>/);
    for (const { name } of publicFunctions()) {
      const [formula = ''] = /<div class="formula">.*?<\/div>/.exec(pageOf(name)) ?? [];
      assert.doesNotMatch(formula, /`|\]\(/, name);
    }
  });
});
