import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ArgumentError } from '../errors.js';

/** The folder of the package itself. */
export const packageFolder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/**
 * Runs the virtual environment's Python in the package's folder, on the user's terminal.
 *
 * @param env - Variables to set for it.
 * @returns Its exit code.
 * @throws {ArgumentError} If the set-up was not run.
 */
export async function python(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  const command = path.join(packageFolder, '.venv', 'bin', 'python');
  if (!existsSync(command)) throw new ArgumentError(`python: ${command} is missing; run \`npm run setup\``);
  const child = spawn(command, args, {
    cwd: packageFolder,
    env: { ...process.env, ...env },
    stdio: 'inherit',
  });
  // Ctrl-C reaches the child through the terminal; it stops the cell and ends by itself.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      process.off('SIGINT', ignore);
      resolve(code ?? 1);
    });
  });
}
