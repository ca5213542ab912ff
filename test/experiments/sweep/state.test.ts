import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import '../../../src/native/index.js';
import { profile } from '../../../src/experiments/profiles.js';
import { Store } from '../../../src/experiments/store.js';
import { SweepFolder } from '../../../src/experiments/sweep/folder.js';
import { commandLine, report, stateTable, summary } from '../../../src/experiments/sweep/report.js';
import { sweepState } from '../../../src/experiments/sweep/state.js';

let store = '';
let folder: SweepFolder;
beforeEach(() => {
  store = mkdtempSync(path.join(tmpdir(), 'roarbook-sweep-'));
  const images = { train: 1, test: 1, pixels: 1, classes: 2 };
  const empty = new Store({ folder: store, kinds: {}, surroundings: { device: {}, code: () => '' } });
  folder = new SweepFolder({ profile: profile('smoke'), tasks: [], store: empty, images, notes: [] });
  for (const part of ['logs', 'done/model']) mkdirSync(path.join(folder.path, part), { recursive: true });
  mkdirSync(path.join(store, 'locks'));
});
afterEach(() => rmSync(store, { recursive: true }));

const job = (name: string) => ({
  ...{ name, kind: 'model', label: `model ${name}`, tasks: [`key-${name}`], needs: [], processes: 1 },
  ...{ seconds: 60, urgency: 60, memory: 100, gpu: 0, minutes: 5 },
});
/** Jobs a (done), b (at work on another machine), c (its log is all there is) and d (not begun). */
function swept(): void {
  const jobs = ['a', 'b', 'c', 'd'].map(job);
  writeFileSync(folder.sweepFile, JSON.stringify({ jobs }));
  writeFileSync(path.join(folder.path, 'done/model/a'), '');
  writeFileSync(path.join(folder.path, 'logs/b.log'), 'model b: epoch 1/4, 80 images/s\n');
  writeFileSync(path.join(folder.path, 'logs/c.log'), 'model c: begun\nroarbook: the disk is full\n\n');
  lock(path.join(store, 'locks', 'key-b'), 'node7');
}
function lock(file: string, host: string, pid = 1): void {
  writeFileSync(file, JSON.stringify({ host, pid, started: 'then', id: 'x' }));
}

describe('sweepState', () => {
  it('is unknown before a sweep was planned', () => {
    assert.equal(sweepState(folder, store), undefined);
  });

  it('tells what is done, runs and failed once the engine has ended', () => {
    swept();
    assert.deepEqual(sweepState(folder, store), {
      ...{ active: false, jobs: 4, done: 1, secondsLeft: 180 },
      running: [{ label: 'model b', by: 'process 1 on node7', progress: 'model b: epoch 1/4, 80 images/s' }],
      failed: [
        {
          label: 'model c',
          lines: ['model c: begun', 'roarbook: the disk is full'],
          log: path.join(folder.path, 'logs/c.log'),
        },
      ],
    });
  });

  it('counts nothing as failed while the engine may begin it again', () => {
    swept();
    lock(folder.lock, 'login');
    const state = sweepState(folder, store);
    assert.deepEqual([state?.active, state?.failed], [true, []]);
  });

  it('does not count a job as running whose process is gone', () => {
    swept();
    lock(path.join(store, 'locks', 'key-b'), hostname(), 999_999_999);
    assert.deepEqual(sweepState(folder, store)?.running, []);
  });
});

describe('the report of a sweep', () => {
  it('says what is missing, why, and the command that continues', () => {
    swept();
    const state = sweepState(folder, store);
    assert.ok(state);
    assert.equal(
      summary(state),
      '1 of 4 jobs done, 1 running, 1 not begun, 1 failed; about 3.0 min of computing left',
    );
    const text = report(state, { command: 'npx roarbook sweep --jobs 4', folder });
    assert.match(text, /✗ model c\n {4}model c: begun\n {4}roarbook: the disk is full\n/);
    assert.match(text, /To continue: npx roarbook sweep --jobs 4$/);
  });

  it('quotes what a shell would read otherwise', () => {
    assert.equal(
      commandLine(['sweep', '--jobs=4', "--set=note=it's [1]"]),
      `npx roarbook sweep --jobs=4 '--set=note=it'\\''s [1]'`,
    );
  });

  it('shows in the table what runs and what failed, and lets no log write HTML', () => {
    swept();
    writeFileSync(path.join(folder.path, 'logs/c.log'), '<script>alert(1)</script>\n');
    const state = sweepState(folder, store);
    assert.ok(state);
    const table = stateTable(state);
    assert.match(table, /model b<\/td>.*running: model b: epoch 1\/4, 80 images\/s/);
    assert.match(table, /failed<pre>&lt;script&gt;/);
  });
});
