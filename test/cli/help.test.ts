import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { cleanCommand } from '../../src/cli/clean.js';
import { diffCommand } from '../../src/cli/diff.js';
import { exportCommand } from '../../src/cli/export.js';
import { planCommand } from '../../src/cli/plan.js';
import { reproduceCommand } from '../../src/cli/reproduce.js';
import { resultsCommand } from '../../src/cli/results.js';
import { runCommand } from '../../src/cli/run.js';
import { setupCommand } from '../../src/cli/setup.js';
import { statusCommand } from '../../src/cli/status.js';
import { stripCommand } from '../../src/cli/strip.js';
import { sweepCommand } from '../../src/cli/sweep.js';
import { verifyCommand } from '../../src/cli/verify.js';
import { ArgumentError } from '../../src/errors.js';
import { kernelCommand } from '../../src/kernel/command.js';

const commands = {
  reproduce: reproduceCommand,
  plan: planCommand,
  run: runCommand,
  sweep: sweepCommand,
  status: statusCommand,
  results: resultsCommand,
  clean: cleanCommand,
  verify: verifyCommand,
  diff: diffCommand,
  export: exportCommand,
  strip: stripCommand,
  setup: setupCommand,
  kernel: kernelCommand,
};

/** `roarbook …` as a process of its own. */
function roarbook(...args: string[]) {
  return spawnSync(process.execPath, ['--import', 'tsx', 'src/cli.ts', ...args], { encoding: 'utf8' });
}

describe('roarbook COMMAND --help', () => {
  for (const [name, run] of Object.entries(commands))
    it(`${name}: says what it takes, and does nothing`, async ({ mock }) => {
      const log = mock.method(console, 'log', () => {});
      assert.equal((await run(['--help'])) ?? 0, 0);
      assert.equal(log.mock.callCount(), 1);
      assert.match(String(log.mock.calls[0]?.arguments[0]), new RegExp(`^roarbook ${name}\\b`));
    });

  it('is there for every command that `roarbook --help` lists', () => {
    const { stdout, status } = roarbook('--help');
    const listed = [...stdout.matchAll(/^ {2}(\w+) /gm)].map(([, name]) => name);
    assert.deepEqual([listed, status], [Object.keys(commands), 0]);
  });
});

describe("a command's arguments", () => {
  it('name the nearest option where one is misspelt, and the process fails', () => {
    const { stderr, status } = roarbook('verify', 'a.ipynb', '--tolerence', '0.1');
    assert.match(
      stderr,
      /^roarbook: verify: there is no option --tolerence \(did you mean '--tolerance'\?\)/,
    );
    assert.equal(status, 1);
  });

  it('leave alone what follows -- for Snakemake', async () => {
    await assert.rejects(
      sweepCommand(['--profile', 'smoke', '--jobs', '0', '--', '--slurm-no-account']),
      new ArgumentError('sweep: jobs must be a positive integer, got 0'),
    );
  });

  it('must name as many files as the command needs', async () => {
    const needs = (message: RegExp) => (error: unknown) =>
      error instanceof ArgumentError && message.test(error.message);
    await assert.rejects(diffCommand(['a.ipynb']), needs(/files must be a\.ipynb b\.ipynb, got a\.ipynb;/));
    await assert.rejects(stripCommand([]), needs(/files must be notebook\.ipynb, got none;/));
  });

  it('are refused by a command that takes none', async () => {
    await assert.rejects(setupCommand(['folder']), ArgumentError);
    await assert.rejects(exportCommand(['a.ipynb', '--out']), ArgumentError);
  });
});
