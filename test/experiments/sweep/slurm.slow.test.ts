import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { profile } from '../../../src/experiments/profiles.js';
import { isWhole, manifestName, readManifest } from '../../../src/experiments/result.js';
import { Slurm, whyNoSlurm } from './slurm.js';
import { until } from './until.js';

const project = path.resolve(import.meta.dirname, '../../..');
const cli = path.join(project, 'dist', 'cli.js');
const reason = whyNoSlurm();
// Where Slurm was installed for this test, leaving it out would hide a failure.
const skip = process.env.ROARBOOK_SLURM === 'required' ? false : reason;

/** All 14 rows, each of them small. */
const choice = [
  ...['--profile', 'smoke', '--section', 'table1'],
  ...Object.entries({
    rows: profile('paper').rows,
    train: 150,
    test: 100,
    'training.epochs': 2,
    'smoothGrad.samples': 1,
  }).flatMap(([option, value]) => ['--set', `${option}=${JSON.stringify(value)}`]),
];
const engine = [
  ...['--slurm-no-account', '--slurm-status-command', 'squeue'],
  ...['--slurm-init-seconds-before-status-checks', '3', '--seconds-between-status-checks', '3'],
];

describe('a sweep on Slurm', { skip }, () => {
  const slurm = new Slurm();
  const folder = mkdtempSync(path.join(tmpdir(), 'roarbook-sweep-'));
  const swept = path.join(folder, 'swept');
  let conductor: ChildProcess | undefined;

  before(() => slurm.start());
  after(() => {
    conductor?.kill('SIGKILL');
    slurm.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const command = (store: string, args: readonly string[]) =>
    spawn(process.execPath, [cli, ...args], {
      env: { ...process.env, ROARBOOK_STORE: store },
      stdio: 'inherit',
    });
  const sweep = () =>
    command(swept, [
      'sweep',
      '--executor',
      'slurm',
      '--jobs',
      '4',
      '--job-seconds',
      '20',
      ...choice,
      '--',
      ...engine,
    ]);

  it('ends with the bytes of one machine, though a node is lost, a job cancelled and the engine killed', async () => {
    conductor = sweep();
    await until('a training runs on n1', () => training(swept) && slurm.running('n1') !== undefined);
    const lost = slurm.running('n1') ?? '';
    await slurm.killNode('n1');
    await until('a job runs on n2', () => slurm.running('n2') !== undefined);
    const cancelled = slurm.running('n2') ?? '';
    slurm.cancel(cancelled);
    slurm.startNode('n1');
    await until('some jobs are done', () => done(swept) >= 4, 240);
    assert.equal(slurm.state(lost), 'NODE_FAIL');
    assert.equal(slurm.state(cancelled), 'CANCELLED');

    process.kill(enginePid(swept), 'SIGKILL');
    conductor.kill('SIGKILL');
    await once(conductor, 'exit');
    conductor = sweep();
    assert.deepEqual(await once(conductor, 'exit'), [0, null]);

    const alone = path.join(folder, 'alone');
    assert.deepEqual(await once(command(alone, ['run', ...choice]), 'exit'), [0, null]);
    const expected = results(path.join(alone, 'results'));
    assert.ok(expected.size > 14);
    assert.deepEqual(results(path.join(swept, 'merged')), expected);
  });
});

/** Whether a training is under way: it has a place for its checkpoints. */
function training(store: string): boolean {
  const folder = path.join(store, 'checkpoints');
  return existsSync(folder) && readdirSync(folder).length > 0;
}

/** Jobs that are done. */
function done(store: string): number {
  return files(path.join(store, 'sweeps')).filter((file) => /\/done\/\w+\/\w+$/.test(file)).length;
}

function enginePid(store: string): number {
  const [file = ''] = files(path.join(store, 'sweeps')).filter((file) => file.endsWith('engine.json'));
  return (JSON.parse(readFileSync(file, 'utf8')) as { pid: number }).pid;
}

/** The checksums of each result's files, by its label. */
function results(folder: string): Map<string, unknown> {
  const found = files(folder)
    .filter((file) => path.basename(file) === manifestName)
    .map((file) => path.dirname(file));
  assert.deepEqual(
    found.filter((result) => !isWhole(result)),
    [],
  );
  return new Map(found.map((result) => [readManifest(result).label, readManifest(result)] as const).sort());
}

function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => path.join(folder, file));
}
