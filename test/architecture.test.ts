import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

/** A room imports only itself and what stands before it; see the layout in the README. */
const order = [
  'errors',
  'random',
  'display',
  'compiler',
  'native',
  'data',
  'models',
  'attribution',
  'attacks',
  'training',
  'evaluation',
  'tables',
  'figures',
  'explore',
  'experiments',
  'notebook',
  'index',
  'kernel',
  'cli',
];

const source = path.resolve(import.meta.dirname, '../src');

/** The relative imports of every module: [importer, imported], as paths below src without extension. */
function imports(): [string, string][] {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  return files.flatMap((file) => {
    const code = readFileSync(path.join(source, file), 'utf8');
    const specifiers = code.matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]+)\.js['"]/g);
    return [...specifiers].map(([, specifier = '']): [string, string] => [
      file.replace(/\.ts$/, ''),
      path.join(path.dirname(file), specifier),
    ]);
  });
}

const room = (module: string) => module.split(path.sep)[0] ?? '';

describe('architecture', () => {
  it('has a place for every room of src', () => {
    const rooms = readdirSync(source).map((name) => name.replace(/\.ts$/, ''));
    assert.deepEqual(
      rooms.filter((name) => !order.includes(name)),
      [],
    );
  });

  it('imports only from what stands before', () => {
    const wrong = imports().filter(([from, to]) => order.indexOf(room(from)) < order.indexOf(room(to)));
    assert.deepEqual(wrong, []);
  });

  it('keeps the kernel general: it imports errors and display only, and only the cli imports it', () => {
    const wrong = imports().filter(([from, to]) => {
      if (room(from) === 'kernel') return !['kernel', 'errors', 'display'].includes(room(to));
      return room(to) === 'kernel' && room(from) !== 'cli';
    });
    assert.deepEqual(wrong, []);
  });

  it('keeps the compiler independent: it imports errors and random only', () => {
    const wrong = imports().filter(
      ([from, to]) => room(from) === 'compiler' && !['compiler', 'errors', 'random'].includes(room(to)),
    );
    assert.deepEqual(wrong, []);
  });

  it('has no cycle', () => {
    const edges = new Map<string, string[]>();
    for (const [from, to] of imports()) edges.set(from, [...(edges.get(from) ?? []), to]);
    const done = new Set<string>();
    const visit = (module: string, trail: string[]): void => {
      assert.ok(!trail.includes(module), `cycle: ${[...trail, module].join(' → ')}`);
      if (done.has(module)) return;
      for (const next of edges.get(module) ?? []) visit(next, [...trail, module]);
      done.add(module);
    };
    for (const module of edges.keys()) visit(module, []);
  });

  it('finds the imports it judges', () => {
    assert.ok(imports().some(([from, to]) => from === 'random' && to === 'errors'));
  });
});
