import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from '../../../src/kernel/language/assistance.js';
import { Session } from '../../../src/kernel/language/session.js';
import { root } from '../built.js';

describe('a session of the compiler', () => {
  const session = new Session(root);
  let count = 0;
  const run = (code: string) => {
    const converted = session.convert(code, ++count, true);
    session.commit(count, Infinity);
    assert.ok(converted.ok, JSON.stringify(converted));
    return session.program.program();
  };

  // A new program takes 0.3 to 0.5 s on a busy machine, a text in its place 10 ms.
  it('makes no new program for a built-in module, and knows its types', () => {
    const first = run('1 + 1');
    assert.equal(run('import * as path from "node:path"; const base: string = path.basename("a/b")'), first);
    assert.equal(run('import {readFileSync} from "fs"'), first);
    const wrong = session.convert('readFileSync(7n)', ++count, true);
    assert.ok(!wrong.ok && wrong.diagnostics[0]?.code === 2769, JSON.stringify(wrong));
  });

  it('makes a new program for a package and again none for the cells after it', () => {
    const before = run('1 + 1');
    const imported = run('import * as zmq from "zeromq"; const socket: zmq.Dealer | undefined = undefined');
    assert.notEqual(imported, before);
    assert.equal(run('import {Dealer} from "zeromq"; import "node:os"'), imported);
  });

  it('reads the comments of a declaration when it is asked for them', () => {
    const said = (code: string) => inspect(session, code, code.length)?.plain ?? '';
    assert.match(said('"a".padStart'), /Pads the current string/);
    assert.match(said('"a".padStart'), /@param maxLength/);
    run('import {format} from "roarbook/kernel"');
    assert.match(said('format'), /formats in which a notebook shows a value/);
    run(
      'interface Speed { value: number }\n/** In m/s. */ let speed: Speed = { value: 1 };\n/** Knots. */ const knots = 2',
    );
    assert.equal(said('speed'), 'let speed: Speed\n\nIn m/s.');
    assert.equal(said('knots'), 'const knots: 2\n\nKnots.');
    run('class Boat {\n  /** Along. */\n  go() { return speed }\n}\nconst boat = new Boat()');
    const call = inspect(session, 'boat.go()', 'boat.go'.length);
    assert.equal(call?.plain, '(method) Boat.go(): Speed\n\nAlong.');
    assert.equal(inspect(session, 'nobody', 6), null);
  });

  it('takes every global of Node, with or without types', () => {
    const names = Object.getOwnPropertyNames(globalThis).filter((name) => /^[A-Za-z$_][\w$]*$/.test(name));
    assert.ok(names.includes('WebAssembly'));
    run(`void [${names.join(', ')}]`);
    run('const compiled: WebAssembly.Module | undefined = undefined');
    const misspelt = session.convert('WebAssembli', ++count, true);
    assert.ok(!misspelt.ok && misspelt.diagnostics[0]?.code === 2304, JSON.stringify(misspelt));
  });

  it('names a module in a complaint as the import does, not by its file', () => {
    const wrong = session.convert('import { nothingSuch } from "roarbook"', ++count, true);
    assert.ok(!wrong.ok);
    assert.equal(wrong.diagnostics[0]?.message, `Module '"roarbook"' has no exported member 'nothingSuch'.`);
  });
});
