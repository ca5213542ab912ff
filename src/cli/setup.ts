import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../../scripts/setup.mjs', import.meta.url));

/** `roarbook setup`: the set-up script of the package, for the project in the working folder. */
export async function setupCommand(args: readonly string[]): Promise<number> {
  const { status } = spawnSync(process.execPath, [script, process.cwd(), ...args], { stdio: 'inherit' });
  return status ?? 1;
}
