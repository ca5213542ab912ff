#!/usr/bin/env node
import { RoarbookError } from './errors.js';

/** Each command with the module that does it, loaded only when it is asked for. */
const commands: Record<string, (args: readonly string[]) => Promise<number | void>> = {
  kernel: async (args) => (await import('./kernel/command.js')).kernelCommand(args),
  setup: async (args) => (await import('./cli/setup.js')).setupCommand(args),
  reproduce: async (args) => (await import('./cli/reproduce.js')).reproduceCommand(args),
  verify: async (args) => (await import('./cli/verify.js')).verifyCommand(args),
  diff: async (args) => (await import('./cli/diff.js')).diffCommand(args),
  export: async (args) => (await import('./cli/export.js')).exportCommand(args),
  strip: async (args) => (await import('./cli/strip.js')).stripCommand(args),
};

const [name = '', ...args] = process.argv.slice(2);
const command = commands[name];
if (!command) {
  process.stderr.write(
    `roarbook: the command must be one of ${Object.keys(commands).join(', ')}, got '${name}'\n`,
  );
  process.exitCode = 2;
} else {
  try {
    process.exitCode = (await command(args)) ?? 0;
  } catch (error) {
    if (!(error instanceof RoarbookError)) throw error;
    process.stderr.write(`roarbook: ${error.message}\n`);
    process.exitCode = 1;
  }
}
