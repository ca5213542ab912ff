import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client } from './client.js';

describe('a cell', () => {
  let client: Client;
  before(async () => {
    client = await Client.start();
  });
  after(() => client.stop());

  it('shows the value of its last expression as execute_result', async () => {
    const { reply, outputs } = await client.execute('1 + 1');
    assert.equal(reply['status'], 'ok');
    const result = outputs.find(({ type }) => type === 'execute_result');
    assert.deepEqual(result?.content['data'], { 'text/plain': '2' });
  });

  it('may extend global types, and shows what an AggregateError holds', async () => {
    const code = 'declare global { interface Array<T> { second(): T } } 7';
    assert.equal(await client.text(code), '7');
    const shown = await client.text('throw new AggregateError([new Error("one")], "all")');
    assert.match(shown, /^AggregateError: all\n[^]*One of its errors: Error: one/);
  });

  it('shares variables both ways: a function sees what a later cell assigns', async () => {
    await client.execute('let x = 1; function readX() { return x }');
    assert.equal(await client.text('x = 5; readX()'), '5');
    assert.equal(await client.text('const o = {x}; o'), '{ x: 5 }');
  });

  it('may declare again what an earlier cell declared, with another type', async () => {
    await client.execute('const again = 1; class Shape { a = 1 }; type T = number');
    assert.equal(await client.text('const again = "text"; again.length'), '4');
    assert.equal(
      await client.text('class Shape { b = "b" }; type T = string; const t: T = new Shape().b; t'),
      "'b'",
    );
  });

  it('does not run when a type is wrong, and points at the place', async () => {
    const text = await client.text('console.log("ran");\n  const y: number = "a";');
    assert.match(text, /In\[\d+\]:2:9 - error TS2322: Type 'string' is not assignable to type 'number'\./);
    assert.match(text, /\n {4}const y: number = "a";\n {10}\^$/);
    assert.doesNotMatch(text, /^ran/);
  });

  it('shows the part of a long line around the place, so that the caret stays below it', async () => {
    const code = `const long = [${'1, '.repeat(60)}Missing, ${'2, '.repeat(60)}];`;
    const lines = (await client.text(code)).split('\n');
    const [line = '', caret = ''] = lines.slice(-2);
    assert.ok(line.length <= 80, line);
    assert.equal(line.slice(caret.indexOf('^'), caret.lastIndexOf('^') + 1), 'Missing');
    assert.match(line, /^ {2}….*…$/);
  });

  it('is not checked with @ts-nocheck, and never as JavaScript', async () => {
    assert.equal(await client.text('// @ts-nocheck\nconst w: number = "a"; w'), "'a'");
    assert.equal(
      await client.text('%%javascript\nsloppy = 3; const js = "a" - 1; [sloppy, js]'),
      '[ 3, NaN ]',
    );
    assert.equal(await client.text('js'), 'NaN');
    assert.equal(await client.text('sloppy = 4; sloppy + 1'), '5');
  });

  it('leaves the client with exit or quit, unless these are names of the session', async () => {
    const left = await client.execute(' exit() ');
    assert.deepEqual(left.reply['payload'], [{ source: 'ask_exit', keepkernel: false }]);
    await client.execute('const quit = 4');
    assert.deepEqual((await client.execute('quit')).reply['payload'], []);
    assert.equal(await client.text('quit'), '4');
  });

  it('ends although the error that it throws cannot be read, and takes a first line with #!', async () => {
    const code = 'throw new Proxy({}, { get() { throw new Error("trap") } })';
    assert.match(await client.text(code), /an error that cannot be shown/);
    assert.equal(await client.text('#!/usr/bin/env node\n3'), '3');
  });

  it('awaits at the top level, in loops too', async () => {
    assert.equal(await client.text('await Promise.resolve(3)'), '3');
    assert.equal(
      await client.text('for await (const n of [Promise.resolve(1), 2]) console.log(n)'),
      '1\n2\n',
    );
  });

  it('imports CommonJS, ECMAScript modules with top-level await, JSON and built-in modules', async () => {
    assert.equal(
      await client.text("import * as vegaLite from 'vega-lite'; typeof vegaLite.compile"),
      "'function'",
    );
    assert.equal(
      await client.text("import ts, {SyntaxKind} from 'typescript'; [typeof ts.version, typeof SyntaxKind]"),
      "[ 'string', 'object' ]",
    );
    assert.equal(await client.text("import pkg from './package.json'; pkg.name"), "'roarbook'");
    assert.equal(await client.text("import {join} from 'node:path'; join('a', 'b')"), "'a/b'");
    assert.equal(await client.text("(await import('node:os')).EOL"), "'\\n'");
  });

  it('keeps the declarations that ran before it threw', async () => {
    assert.match(
      await client.text('let kept = 7; throw new Error("stop"); let lost = 1'),
      /Error: stop\n {4}at In\[\d+\]:1:21$/,
    );
    assert.equal(await client.text('kept'), '7');
    assert.match(await client.text('lost'), /Cannot find name 'lost'/);
  });

  it('reports an error at the line and column of the cell, without frames of the kernel', async () => {
    const text = await client.text('function g(): never {\n    throw new Error("boom");\n}\ng()');
    assert.match(text, /^Error: boom\n {4}at g \(In\[\d+\]:2:11\)\n {4}at In\[\d+\]:4:1$/);
  });

  it('disposes what it declares with using', async () => {
    const code = '{ using r = { [Symbol.dispose]() { console.log("closed") } }; console.log("open") }';
    assert.equal(await client.text(code), 'open\nclosed\n');
  });

  it('understands JSX with a pragma', async () => {
    const code = '/** @jsx h */ const h = (...parts: any[]) => parts.join(); const one = 1; <b>{one}</b>';
    assert.equal(await client.text(code), "'b,,1'");
  });

  it('survives process.exit, an error in a timer and an unhandled rejection', async () => {
    assert.match(
      await client.text(
        'setTimeout(() => { throw new Error("late") }, 1); await new Promise((r) => setTimeout(r, 50))',
      ),
      /^Uncaught: Error: late\n {4}at In/,
    );
    assert.match(
      await client.text(
        'void Promise.reject(new Error("nobody")); await new Promise((r) => setTimeout(r, 20))',
      ),
      /^Unhandled rejection: Error: nobody/,
    );
    assert.match(await client.text('process.exit(3)'), /ended with code 3; its variables are lost/);
    assert.equal(await client.text('1 + 2'), '3');
  });
});
