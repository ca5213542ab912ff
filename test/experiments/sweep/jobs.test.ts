import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ArgumentError } from '../../../src/errors.js';
import type { PlannedTask } from '../../../src/experiments/plan.js';
import { jobsOf } from '../../../src/experiments/sweep/jobs.js';

const task = (key: string, changes: Partial<PlannedTask> = {}): PlannedTask => ({
  ...{ key, kind: 'measure', label: key, sections: ['table1'], inputs: [], cached: false },
  ...{ seconds: 10, operations: 1, bytes: 0, memory: 500, gpu: 0 },
  ...changes,
});
const model = (key: string, changes: Partial<PlannedTask> = {}) =>
  task(key, { kind: 'model', seconds: 400, ...changes });

describe('jobsOf', () => {
  it('packs short tasks of one kind, and leaves long ones alone', () => {
    const jobs = jobsOf([model('m1'), model('m2'), task('a'), task('b'), task('c')], { jobSeconds: 25 });
    assert.deepEqual(
      jobs.map(({ tasks }) => tasks),
      [['m1'], ['m2'], ['a', 'b'], ['c']],
    );
    assert.deepEqual(
      jobs.map(({ seconds }) => seconds),
      [400, 400, 20, 10],
    );
    assert.equal(jobs[2]?.label, 'a and 1 more');
  });

  it('leaves out what is computed, and what needs it waits for nothing', () => {
    const [job, ...others] = jobsOf([model('m', { cached: true }), task('a', { inputs: ['m'] })]);
    assert.deepEqual([job?.tasks, job?.needs, others], [['a'], [], []]);
  });

  it('waits for the jobs whose results are read, and never packs a task with its input', () => {
    const jobs = jobsOf([model('m'), task('a', { inputs: ['m'] }), task('b', { inputs: ['a'] })]);
    const [first, second, third] = jobs;
    assert.deepEqual(
      jobs.map(({ tasks }) => tasks),
      [['m'], ['a'], ['b']],
    );
    assert.deepEqual([first?.needs, second?.needs, third?.needs], [[], [first?.name], [second?.name]]);
  });

  it('counts as urgent the longest chain that begins with a job', () => {
    const tasks = [
      model('m'),
      task('a', { inputs: ['m'] }),
      task('b', { inputs: ['m'], kind: 'retrain', seconds: 300 }),
      task('c', { inputs: ['b'], kind: 'examples', seconds: 5 }),
    ];
    // m: 400 + 300 + 5; a: 10; b: 300 + 5; c: 5.
    assert.deepEqual(
      jobsOf(tasks).map(({ urgency }) => urgency),
      [705, 10, 305, 5],
    );
  });

  it('lets tasks share a GPU: half the time for two, and memory for both', () => {
    const gpu = { gpu: 1 } as const;
    const [job, ...others] = jobsOf([model('m1', gpu), model('m2', gpu)], { jobSeconds: 60, tasksPerGpu: 2 });
    assert.deepEqual(others, []);
    assert.deepEqual([job?.processes, job?.seconds, job?.memory, job?.gpu], [2, 400, 1000, 1]);
  });

  it('makes jobs longer where there would be too many', () => {
    const tasks = Array.from({ length: 1000 }, (_, index) => task(`t${index}`));
    const jobs = jobsOf(tasks, { jobSeconds: 10, limit: 40 });
    // 10 s a job would be 1,000 jobs, 320 s a job 32.
    assert.equal(jobs.length, 32);
    assert.equal(jobs.flatMap(({ tasks }) => tasks).length, 1000);
  });

  it('names jobs by what they hold', () => {
    const name = (...keys: string[]) => jobsOf(keys.map((key) => task(key)))[0]?.name;
    assert.equal(name('a', 'b'), name('a', 'b'));
    assert.notEqual(name('a', 'b'), name('a'));
  });

  it('says which option is out of range', () => {
    assert.throws(() => jobsOf([], { tasksPerGpu: 0 }), {
      name: ArgumentError.name,
      message: 'jobsOf: tasksPerGpu must be a positive integer, got 0',
    });
    assert.throws(() => jobsOf([model('m'), task('a')], { limit: 1 }), /limit must be at least 2/);
  });
});
