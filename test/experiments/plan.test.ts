import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import '../../src/native/index.js';
import { operationsOf } from '../../src/experiments/operations.js';
import { plan } from '../../src/experiments/plan.js';
import { runTasks } from '../../src/experiments/run.js';
import { records } from '../../src/experiments/records.js';
import { exportResults, mergeResults } from '../../src/experiments/exchange.js';
import { everything, olderThan, remove, resultsOf } from '../../src/experiments/clean.js';
import { status } from '../../src/experiments/status.js';
import type { Task } from '../../src/experiments/task.js';
import { listTasks } from '../../src/experiments/tasks.js';
import { ArgumentError, DataError, RoarbookError } from '../../src/errors.js';
import { temporaryFolder } from '../fixtures/temporaryFolder.js';
import { tiny } from '../fixtures/tinyProfile.js';
import path from 'node:path';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';

/** An empty store for one test. */
function temporaryStore(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'roarbook-store-'));
  process.env.ROARBOOK_STORE = folder;
  return folder;
}

const small = () => listTasks(tiny(), ['a3']);

describe('plan', () => {
  const folder = temporaryFolder();
  before(() => (process.env.ROARBOOK_STORE = folder));
  after(() => delete process.env.ROARBOOK_STORE);

  it('lists every task after those it reads, with time and disk, and runs one by its key', async () => {
    const { tasks } = await plan(await small());
    const seen = new Set<string>();
    for (const { key, inputs, seconds, bytes, memory } of tasks) {
      assert.ok(inputs.every((input) => seen.has(input)));
      seen.add(key);
      assert.ok(seconds >= 0 && bytes >= 0 && memory > 50);
    }
    const retrain = tasks.find(({ label }) => label.startsWith('retrained, 50 % removed by random'));
    await runTasks(await small(), [retrain?.key.slice(0, 12) ?? '']);
    const after = await plan(await small());
    assert.deepEqual(
      after.tasks.filter(({ cached }) => cached).map(({ kind }) => kind),
      ['ranks', 'retrain'],
    );
    await assert.rejects(runTasks(await small(), ['zz']), ArgumentError);
  });

  it('with a rate divides counted operations by it', async () => {
    const list = await small();
    const { tasks } = await plan(list, { rate: 2 });
    for (const { seconds, operations } of tasks) assert.equal(seconds, operations / 2e12);
    const standard = tasks.find(({ label }) => label === 'standard model, seed 0');
    const { train } = list.images;
    const { epochs, batchSize } = list.profile.training;
    const steps = epochs * Math.ceil(train / batchSize);
    const { network } = await operationsOf(list.profile);
    // A training step: forwards, backwards to the features, backwards to the weights.
    assert.equal(standard?.operations, 3 * network * batchSize * steps);
    await assert.rejects(plan(list, { rate: 0 }), ArgumentError);
  });

  it('computes nothing that only a result reads which is there', async () => {
    const own = temporaryStore();
    try {
      const list = await small();
      const isRanks = ({ kind, inputs }: Task) => kind === 'ranks' && Object.keys(inputs).length > 0;
      const ranks = list.tasks.find(({ task }) => isRanks(task));
      const retrain = list.tasks.find(
        ({ task, inputs }) => task.kind === 'retrain' && inputs.includes(ranks?.key ?? ''),
      );
      assert.ok(ranks && retrain);
      await runTasks(list, [ranks.key]);
      const [model] = Object.values(ranks.task.inputs);
      assert.ok(model && list.store.has(model));
      remove(
        resultsOf({ ...list, tasks: list.tasks.filter(({ key }) => key === list.store.taskKey(model)) }),
      );
      await runTasks(list, [retrain.key]);
      assert.equal(list.store.has(retrain.task), true);
      assert.equal(list.store.has(model), false);
    } finally {
      process.env.ROARBOOK_STORE = folder;
      rmSync(own, { recursive: true });
    }
  });

  it('with keepGoing computes all but what reads a failed result, and says what failed', async () => {
    const own = temporaryStore();
    try {
      const list = await small();
      const failing = list.tasks.find(({ task }) => task.kind === 'model');
      assert.ok(failing);
      // A file where its checkpoints would lie.
      mkdirSync(path.join(own, 'checkpoints'));
      writeFileSync(path.join(own, 'checkpoints', list.store.key(failing.task)), '');
      await assert.rejects(runTasks(list, [], { keepGoing: true }), {
        name: RoarbookError.name,
        message: new RegExp(
          `^run: \\d+ of ${list.tasks.length} tasks failed: ${failing.task.label}; .*not begun`,
        ),
      });
      const readers = new Set([failing.key]);
      for (const { key, inputs } of list.tasks)
        if (inputs.some((input) => readers.has(input))) readers.add(key);
      for (const { key, task } of list.tasks)
        assert.equal(list.store.has(task), !readers.has(key), task.label);
    } finally {
      process.env.ROARBOOK_STORE = folder;
      rmSync(own, { recursive: true });
    }
  });

  it('counts in the status what is there, and gives each number with what it depends on', async () => {
    const { sections, running } = status(await small());
    assert.deepEqual([sections[0]?.done, sections[0]?.tasks], [2, 32]);
    assert.deepEqual(running, []);
    const [row, ...others] = await records(await small());
    assert.deepEqual(others, []);
    assert.deepEqual([row?.quantity, row?.level, row?.seed, row?.images], ['accuracy', 0.5, 0, 20]);
    assert.equal(row?.attribution, 'random maps');
  });

  it('brings results to another store, and refuses a damaged file', async () => {
    const file = path.join(folder, 'rows.json');
    assert.equal(exportResults(await small(), file).count, 1);
    const numbers = await records(await small());
    process.env.ROARBOOK_STORE = temporaryFolder();
    const list = await small();
    assert.deepEqual(mergeResults(list.store.folder, file), { added: 1, known: 0 });
    assert.deepEqual(mergeResults(list.store.folder, file), { added: 0, known: 1 });
    assert.ok((numbers[0]?.seconds ?? 0) > 0);
    assert.deepEqual(await records(await small()), numbers);
    const damaged = path.join(folder, 'damaged.json');
    writeFileSync(
      damaged,
      readFileSync(file, 'utf8').replace(/"correct.npy":"[^"]+"/, '"correct.npy":"eJwDAAAAAAE="'),
    );
    process.env.ROARBOOK_STORE = temporaryFolder();
    const other = await small();
    assert.throws(() => mergeResults(other.store.folder, damaged), DataError);
    assert.throws(() => exportResults(other, path.join(file, 'no-folder.json')), DataError);
    assert.deepEqual(await records(other), []);
    process.env.ROARBOOK_STORE = folder;
  });

  it('removes what is chosen and nothing else', async () => {
    const list = await small();
    assert.deepEqual(olderThan(everything(folder), 1), []);
    const chosen = resultsOf(list);
    assert.equal(chosen.length, 2);
    remove(chosen.slice(1));
    assert.deepEqual(
      everything(folder).map(({ label }) => label),
      ['random maps, seed 0'],
    );
  });
});
