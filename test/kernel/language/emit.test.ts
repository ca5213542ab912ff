import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import ts from 'typescript';
import { emitCell } from '../../../src/kernel/language/emit.js';
import { EmitProgram } from '../../../src/kernel/language/emitProgram.js';

/** Texts that share names, import, export, assert types and leave things out. */
const texts = [
  'const x: number = 1 as any; enum E { A, B = "b" } namespace N { export const y = 1 } E.A + N.y',
  'import type { T } from "a"; import b, { c as d } from "b"; export { x } from "c"; let y!: T<typeof b>; d(y)',
  'abstract class K<T> { constructor(private readonly x = 1) { super } declare z: T; static { } get v() { return x } }',
  'const x = "other"; function f(this: K, a?: number): asserts a {} label: for (const i of [1]) continue label',
  'await using r = open(); export default class { @dec m() {} } const {a: {b = 2}} = x satisfies object',
  'const = broken(',
  '',
];

describe('emitCell', () => {
  it('makes of a text what a program of its own makes of it, whatever came before', () => {
    const emitted = (code: string) => emitCell(code, { names: new Set(['x']), scriptKind: ts.ScriptKind.TS });
    const first = texts.map(emitted);
    // Past the 300 texts after which there is a new program.
    for (let round = 0; round < 60; round++) assert.deepEqual(texts.map(emitted), first);
    const compilerOptions = {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      isolatedModules: true,
      sourceMap: true,
    };
    for (const text of texts) {
      const { js, map } = new EmitProgram(compilerOptions).emit(text, {});
      const alone = ts.transpileModule(text, { fileName: 'cell.ts', compilerOptions });
      assert.deepEqual({ js, map }, { js: alone.outputText, map: alone.sourceMapText });
    }
  });

  it('leaves texts whose comments name a JSX runtime to a program of their own', () => {
    const code = '/** @jsx h */\nconst h = (...all: unknown[]) => all; h("p")';
    assert.equal(EmitProgram.takes(code), false);
    assert.match(emitCell(code, { names: new Set(), scriptKind: ts.ScriptKind.TS }).js, /"p"/);
  });
});
