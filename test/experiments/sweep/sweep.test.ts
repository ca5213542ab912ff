import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { engineArguments } from '../../../src/experiments/sweep/sweep.js';

describe('engineArguments', () => {
  it('hands every option on to the process that conducts the sweep', () => {
    const options = { executor: 'slurm', jobs: 8, jobSeconds: 60, tasksPerGpu: 2, limit: 100 } as const;
    assert.deepEqual(
      engineArguments({
        ...options,
        plan: 'plan.json',
        storage: 's3://a/b',
        snakemake: ['--slurm-no-account'],
      }),
      [
        ...['--executor=slurm', '--jobs=8', '--job-seconds=60', '--tasks-per-gpu=2', '--max-jobs=100'],
        ...['--plan=plan.json', '--storage=s3://a/b', '--', '--slurm-no-account'],
      ],
    );
    assert.deepEqual(engineArguments({}), []);
  });
});
