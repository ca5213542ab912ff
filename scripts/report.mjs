// How the set-up talks: one line a step, with its time; a failure is one message that says what to do.
import { spawn } from 'node:child_process';

/** A problem that the user can solve; its message says how. */
export class SetupError extends Error {}

/** Runs one step of the set-up; `work` returns what it did, or nothing if all was there already. */
export async function step(title, work) {
  const start = performance.now();
  const did = await work((notice) => console.log(`  ${title}: ${notice}`));
  if (did) console.log(`✓ ${title}: ${did} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
}

/**
 * Runs a command and returns what it printed.
 *
 * @throws {SetupError} With the end of its output, if it fails.
 */
export function run(command, args, { cwd, env = process.env, what = command } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    let output = '';
    child.stdout.on('data', (data) => {
      output += data;
      printed += data;
    });
    child.stderr.on('data', (data) => (printed += data));
    child.on('error', (error) => reject(new SetupError(`${what} cannot be started: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(output);
      const end = printed.trimEnd().split('\n').slice(-25).join('\n');
      reject(new SetupError(`${what} failed (${signal ?? `exit code ${code}`}):\n${end}`));
    });
  });
}

/** Runs a command on the user's terminal; resolves to its exit code. */
export function runInTerminal(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', ...options });
    // Ctrl-C reaches the child through the terminal; this process waits for it to tidy up.
    const ignore = () => {};
    process.on('SIGINT', ignore);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      process.off('SIGINT', ignore);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 1));
    });
  });
}

/** Runs a script's main function; its exit code is the process's, and a SetupError is printed without a stack. */
export async function main(work) {
  try {
    process.exitCode = (await work()) ?? 0;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`✗ ${error.message}`);
    process.exitCode = 1;
  }
}
