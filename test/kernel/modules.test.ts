import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Client } from './client.js';
import { stopCell } from './endless.js';

describe('modules beside the notebook', () => {
  const folder = mkdtempSync(join(tmpdir(), 'roarbook-modules-'));
  let client: Client;
  let clock = 1_000_000;
  /** Writes a file with a time that differs from every earlier one. */
  const write = (name: string, text: string) => {
    const path = join(folder, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text);
    utimesSync(path, ++clock, clock);
  };
  before(async () => {
    write('inner.ts', 'export const inner: number = 1;');
    write(
      'outer.ts',
      "import {inner} from './inner';\nexport const outer = () => inner + 1;\nexport const here = import.meta.url;",
    );
    write(
      'node_modules/mapped/package.json',
      '{"type": "module", "exports": {"./part": "./hidden/part.js"}}',
    );
    write('node_modules/mapped/hidden/part.js', 'export const part = await Promise.resolve("mapped");');
    write(
      'node_modules/common/index.js',
      'module.exports = function f() { return "common" }; module.exports.extra = 5;',
    );
    write('node_modules/dual/package.json', '{"exports": {"import": "./m.mjs", "require": "./c.cjs"}}');
    write('node_modules/dual/m.mjs', 'export default "esm"; export const named = 1;');
    write('node_modules/dual/c.cjs', 'module.exports = "cjs";');
    const slowly = (exported: string) =>
      `console.log("started"); for (const end = Date.now() + 700; Date.now() < end; ); ${exported}`;
    write('node_modules/slow/index.js', slowly('exports.whole = true;'));
    write('node_modules/slow/index.mjs', slowly('export const whole = true;'));
    write('node_modules/loud/index.js', 'console.log("loaded");');
    write('node_modules/bad/index.js', 'throw new Error("not today");');
    client = await Client.start({ cwd: folder });
  });
  after(async () => {
    await client.stop();
    rmSync(folder, { recursive: true });
  });

  it('are TypeScript that imports TypeScript, with import.meta.url', async () => {
    const text = await client.text(
      "import {outer, here} from './outer'; [outer(), here.endsWith('/outer.ts')]",
    );
    assert.equal(text, '[ 2, true ]');
  });

  it('are read again when they, or what they import, have changed', async () => {
    write('inner.ts', 'export const inner: number = 10;');
    assert.equal(await client.text("import {outer as again} from './outer'; again()"), '11');
    write('inner.ts', 'export const inner: number = 20;');
    assert.equal(await client.text("(await import('./outer.ts')).outer()"), '21');
  });

  it('block a cell while their types are wrong, and name file and line', async () => {
    write('inner.ts', '\nexport const inner: number = "text";');
    assert.match(
      await client.text("import {outer as third} from './outer'; third()"),
      /^inner\.ts:2:14 - error TS2322/,
    );
    // Also where an earlier cell has imported it, a cell that does without it runs.
    assert.equal(await client.text('1 + 1'), '2');
    write('inner.ts', 'export const inner: number = 30;');
    assert.equal(await client.text("import {outer as fourth} from './outer'; fourth()"), '31');
  });

  it('may be packages with an exports map and top-level await, or CommonJS, or both', async () => {
    const code = (text: string) => client.text(`// @ts-nocheck\n${text}`);
    assert.equal(await code("import {part} from 'mapped/part'; part"), "'mapped'");
    assert.equal(await code("import common, {extra} from 'common'; [common(), extra]"), "[ 'common', 5 ]");
    assert.equal(await code("import * as all from 'common'; all.extra"), '5');
    assert.equal(await code("import dual, {named} from 'dual'; [dual, named]"), "[ 'esm', 1 ]");
  });

  it('that are missing are named', async () => {
    assert.match(
      await client.text("import x from './missing'"),
      /error TS2307: Cannot find module '\.\/missing'/,
    );
    assert.match(
      await client.text("// @ts-nocheck\nimport y from 'no-such-package'"),
      /Cannot find package 'no-such-package'/,
    );
  });

  for (const [how, load] of [
    ['an import', "import {whole} from 'slow/index.mjs'"],
    ['require', "const {whole} = require('slow')"],
  ] as const)
    it(`are whole after a Stop while ${how} loads them`, async () => {
      const { status } = await stopCell(client, `// @ts-nocheck\n${load}; await new Promise(() => {})`);
      assert.equal(status, 'error');
      assert.equal(await client.text(`// @ts-nocheck\n${load}; whole`), 'true');
    });

  it('print in the cell that imports them, and fail there', async () => {
    const { outputs } = await client.execute("// @ts-nocheck\nimport 'loud'");
    assert.ok(outputs.some(({ content }) => content['text'] === 'loaded\n'));
    const failed = await client.execute("// @ts-nocheck\nimport 'bad'; import 'loud'");
    assert.equal(failed.reply['evalue'], 'not today');
    assert.deepEqual(
      failed.outputs.filter(({ type }) => type === 'stream'),
      [],
    );
  });
});
