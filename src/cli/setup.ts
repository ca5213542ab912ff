import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parse } from './arguments.js';
import type { Command } from './arguments.js';

const script = fileURLToPath(new URL('../../scripts/setup.mjs', import.meta.url));

const command: Command = {
  name: 'setup',
  usage: '[--with-cluster]',
  purpose:
    'Fetches TensorFlow and the Python packages for the project in the working folder; what is there is not fetched again.',
  options: {
    'with-cluster': { help: 'Snakemake too, for `roarbook sweep` here or on Slurm and Kubernetes' },
  },
};

/** `roarbook setup`: the set-up script of the package, for the project in the working folder. */
export async function setupCommand(args: readonly string[]): Promise<number> {
  const given = parse(command, args);
  if (!given) return 0;
  const options = given.has('with-cluster') ? ['--with-cluster'] : [];
  const { status } = spawnSync(process.execPath, [script, process.cwd(), ...options], { stdio: 'inherit' });
  return status ?? 1;
}
