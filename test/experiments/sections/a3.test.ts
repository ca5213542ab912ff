import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import '../../../src/native/index.js';
import { Recipe } from '../../../src/experiments/recipe.js';
import { section, sectionNames, sections } from '../../../src/experiments/sections/index.js';
import type { SectionName } from '../../../src/experiments/sections/index.js';
import { tiny } from '../../fixtures/tinyProfile.js';
import { ArgumentError } from '../../../src/errors.js';

const folder = mkdtempSync(path.join(tmpdir(), 'roarbook-a3-'));

const results = () =>
  readdirSync(path.join(folder, 'results'), { recursive: true }).filter((name) =>
    /result\.json$/.test(String(name)),
  ).length;

describe('section a3', () => {
  before(() => {
    process.env.ROARBOOK_STORE = folder;
  });
  after(() => {
    delete process.env.ROARBOOK_STORE;
    rmSync(folder, { recursive: true });
  });

  it('computes each model, ranking and retraining once', async () => {
    const a3 = section('a3', tiny());
    await a3.figure1();
    // 4 models, 4 saliency rankings and a random one, 1 shared retraining at 0 %, 6 at 50 % (4 methods, random, mask).
    assert.equal(results(), 4 + 5 + 1 + 6);
    await section('a3', tiny()).figure1();
    assert.equal(results(), 16);
  });

  it('reads the same numbers back', async () => {
    const first = await section('a3', tiny()).results();
    assert.deepEqual(await section('a3', tiny()).results(), first);
    assert.equal(first.removal.length, 11);
    assert.equal(first.models.length, 4);
    assert.match(first.provenance.dataset, /^generated shapes/);
  });

  it('recomputes only what a changed ε touches', async () => {
    await section('a3', tiny()).models();
    const before = results();
    await section('a3', tiny({ attack: { epsilon: 0.7, steps: 1 } })).roar('pgd');
    // One model, its ranking, one retraining; the retraining at 0 % is shared.
    assert.equal(results() - before, 3);
  });

  it('shows eight classes in figure 2', async () => {
    const figure = await section('a3', tiny()).figure2();
    assert.match(figure.altText, /disc.*square/s);
  });
});

describe('sections', () => {
  it('are plain lists of tasks: what two of them need is one task', () => {
    const recipe = new Recipe(tiny({ seeds: 2 }), { train: 'aa', test: 'bb' });
    const tasks = sections.a3.tasks(recipe);
    // 4 models × 3 accuracies × 2 seeds, (6 removals × 2 levels − the mask at 0 %) × 2 seeds, 4 examples.
    assert.equal(tasks.length, 24 + 22 + 4);
    const atZero = tasks.filter(({ label }) => label.startsWith('retrained, nothing removed'));
    assert.equal(atZero.length, 10);
    assert.equal(new Set(atZero).size, 2);
  });

  it('names the sections there are', () => {
    const wrong = 'a4' as SectionName;
    assert.throws(
      () => section(wrong, tiny()),
      new ArgumentError(`section: the name must be one of ${sectionNames.join(', ')}, got 'a4'`),
    );
  });
});
