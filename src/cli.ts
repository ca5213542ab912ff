#!/usr/bin/env node
import { RoarbookError } from './errors.js';

/** Each command with the module that does it, loaded only when it is asked for. */
const commands: Record<string, (args: readonly string[]) => Promise<void>> = {
  kernel: async (args) => (await import('./kernel/command.js')).kernelCommand(args),
};

const [name = '', ...args] = process.argv.slice(2);
const command = commands[name];
if (!command) {
  process.stderr.write(
    `roarbook: the command must be one of ${Object.keys(commands).join(', ')}, got '${name}'\n`,
  );
  process.exitCode = 2;
} else {
  await command(args).catch((error: unknown) => {
    process.stderr.write(`roarbook: ${error instanceof RoarbookError ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
