import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import '../../src/native/index.js';
import { records } from '../../src/experiments/records.js';
import { runTasks } from '../../src/experiments/run.js';
import { status } from '../../src/experiments/status.js';
import { listTasks } from '../../src/experiments/tasks.js';
import { temporaryFolder } from '../fixtures/temporaryFolder.js';
import { tiny } from '../fixtures/tinyProfile.js';

const numbersIn = (folder: string, file: string): Record<string, number[]> =>
  JSON.parse(readFileSync(path.join(folder, file), 'utf8'));
const mean = (values: readonly number[] = []) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe('records', () => {
  before(() => (process.env.ROARBOOK_STORE = temporaryFolder()));
  after(() => delete process.env.ROARBOOK_STORE);

  it('give the similarities of the sanity check and the latency, with the method and its model', async () => {
    const list = await listTasks(tiny(), ['main']);
    const own = list.tasks.filter(({ task }) => /^(sanity check|latency) of saliency/.test(task.label));
    await runTasks(
      list,
      own.map(({ key }) => key),
    );
    const rows = await records(list);
    const folder = (kind: string) => {
      const listed = own.find(({ task }) => task.kind === kind);
      const stored = listed && list.store.peek(listed.task);
      assert.ok(stored, kind);
      return stored.folder;
    };
    const { spearmanAbsolute, ssim } = numbersIn(folder('sanity'), 'similarity.json');
    const { milliseconds = [] } = numbersIn(folder('latency'), 'latency.json');
    assert.deepEqual(
      rows.map(({ quantity, value, images }) => [quantity, value, images]),
      [
        ['sanity: rank correlation of |maps|', mean(spearmanAbsolute), 20],
        ['sanity: SSIM', mean(ssim), 20],
        ['median latency in ms', milliseconds.sort((a, b) => a - b)[milliseconds.length >> 1], 1],
      ],
    );
    for (const { attribution, model, seed, level, attack } of rows)
      assert.deepEqual([attribution, model, seed, level, attack], ['saliency', 'standard', 0, null, null]);
  });

  it('give the seconds of a result that a process of a sweep computed', async () => {
    const list = await listTasks(tiny(), ['a3']);
    const own = list.tasks.filter(({ task }) => task.label.startsWith('retrained, nothing removed'));
    await runTasks(
      list,
      own.map(({ key }) => key),
      { shared: true },
    );
    const [row, ...others] = await records(list);
    assert.deepEqual([row?.level, others], [0, []]);
    assert.ok((row?.seconds ?? 0) > 0);
    const { sections } = status({ ...list, tasks: own });
    assert.equal(sections[0]?.seconds, row?.seconds);
  });
});
