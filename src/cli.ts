#!/usr/bin/env node
import { InterruptedError, RoarbookError } from './errors.js';

/** Each command with what it is for and the module that does it, loaded only when it is asked for. */
const commands: Record<string, [purpose: string, run: (args: readonly string[]) => Promise<number | void>]> =
  {
    reproduce: [
      "runs the sections' notebooks and writes a page of results",
      async (args) => (await import('./cli/reproduce.js')).reproduceCommand(args),
    ],
    plan: [
      'lists tasks, and what they take on this device',
      async (args) => (await import('./cli/plan.js')).planCommand(args),
    ],
    run: ['computes tasks', async (args) => (await import('./cli/run.js')).runCommand(args)],
    sweep: [
      'computes tasks in many processes, here or on a cluster',
      async (args) => (await import('./cli/sweep.js')).sweepCommand(args),
    ],
    status: [
      'says what is computed, what is running and what is left',
      async (args) => (await import('./cli/status.js')).statusCommand(args),
    ],
    results: [
      'prints every number; exports and merges results of other machines',
      async (args) => (await import('./cli/results.js')).resultsCommand(args),
    ],
    clean: [
      'says what can be removed from the store, and removes it',
      async (args) => (await import('./cli/clean.js')).cleanCommand(args),
    ],
    verify: [
      'computes an executed notebook again and compares',
      async (args) => (await import('./cli/verify.js')).verifyCommand(args),
    ],
    diff: [
      'compares two executed notebooks',
      async (args) => (await import('./cli/diff.js')).diffCommand(args),
    ],
    export: [
      'makes one page of a notebook',
      async (args) => (await import('./cli/export.js')).exportCommand(args),
    ],
    strip: [
      'removes outputs from a notebook',
      async (args) => (await import('./cli/strip.js')).stripCommand(args),
    ],
    setup: [
      'fetches TensorFlow and the Python packages',
      async (args) => (await import('./cli/setup.js')).setupCommand(args),
    ],
    kernel: [
      'is what Jupyter starts',
      async (args) => (await import('./kernel/command.js')).kernelCommand(args),
    ],
  };

const usage = [
  'roarbook COMMAND [OPTIONS]; each command has --help',
  '',
  ...Object.entries(commands).map(([name, [purpose]]) => `  ${name.padEnd(10)} ${purpose}`),
].join('\n');

const [name = '', ...args] = process.argv.slice(2);
const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
if (name === '--help' || name === 'help') {
  console.log(usage);
} else if (!command) {
  process.stderr.write(`roarbook: the command must be one of those below, got '${name}'\n\n${usage}\n`);
  process.exitCode = 2;
} else {
  try {
    process.exitCode = (await command[1](args)) ?? 0;
  } catch (error) {
    if (!(error instanceof RoarbookError)) throw error;
    process.stderr.write(`roarbook: ${error.message}\n`);
    process.exitCode = error instanceof InterruptedError ? 130 : 1;
  }
}
