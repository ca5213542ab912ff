import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cifar10 } from '../data/cifar10.js';
import { ArgumentError, DataError } from '../errors.js';
import { profile } from './profiles.js';
import type { Profile, ProfileName } from './profiles.js';
import { writeReport } from './report.js';
import { section } from './section.js';

export interface ReproduceOptions {
  /** Default 'quick'. */
  profile?: ProfileName;
  /** Which sections; default all there are. */
  only?: string;
  /** How many seeds; default the profile's own. */
  seeds?: number;
  /** Folder with CIFAR-10's binary batches. */
  data?: string;
  /** Where results go; default `results/<profile>`. */
  out?: string;
}

const packageFolder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** The sections that can be run, and their notebooks. */
const notebooks: Readonly<Record<string, string>> = { a3: 'a3-defenses.ipynb' };

/**
 * Runs the sections' notebooks headless and writes what they show: executed notebook, HTML page, figures, tables and
 * one JSON with every number.
 *
 * @returns The exit code: not 0 if a cell failed, whose error was printed.
 * @throws {ArgumentError} If there is no such section or profile.
 * @throws {DataError} If `data` holds no readable CIFAR-10 batches.
 */
export async function reproduce(options: ReproduceOptions): Promise<number> {
  const { profile: name = 'quick', only, seeds, data } = options;
  if (only !== undefined && !notebooks[only]) {
    throw new ArgumentError(
      `reproduce: --only must be one of ${Object.keys(notebooks).join(', ')}, got '${only}'`,
    );
  }
  if (data !== undefined) process.env.ROARBOOK_DATA = path.resolve(data);
  const wanted = profile(name, { seeds });
  const dataset = await availableData(wanted, data !== undefined);
  const folder = path.resolve(options.out ?? path.join('results', name));
  mkdirSync(folder, { recursive: true });
  for (const [id, notebook] of Object.entries(notebooks)) {
    if (only !== undefined && id !== only) continue;
    const executed = path.join(folder, notebook);
    const parameters = { profileName: name, dataset, seeds: seeds ?? 0 };
    console.log(`Running ${notebook} in the ${name} profile …`);
    const code = await python([
      'scripts/run_notebook.py',
      `notebooks/${notebook}`,
      executed,
      JSON.stringify(parameters),
    ]);
    if (code !== 0) return code;
    const page = ['-m', 'nbconvert', '--log-level=ERROR', '--to=html', executed];
    if ((await python(page)) !== 0) return 1;
    await writeReport(section(id, profile(name, { dataset, seeds })), folder, executed);
  }
  return 0;
}

/** The profile's data set, or generated shapes where CIFAR-10 cannot be had. */
async function availableData(wanted: Profile, given: boolean): Promise<Profile['dataset']> {
  if (wanted.dataset === 'shapes') return 'shapes';
  try {
    await cifar10();
    return 'cifar10';
  } catch (error) {
    // A folder that the user named must be right.
    if (given || !(error instanceof DataError)) throw error;
    console.log(
      `CIFAR-10 cannot be had (${error.message}). Going on with generated shapes; every figure says so.`,
    );
    return 'shapes';
  }
}

/** Runs the virtual environment's Python in the package's folder, on the user's terminal. */
async function python(args: readonly string[]): Promise<number> {
  const command = path.join(packageFolder, '.venv', 'bin', 'python');
  if (!existsSync(command))
    throw new ArgumentError(`reproduce: ${command} is missing; run \`npm run setup\``);
  const child = spawn(command, args, { cwd: packageFolder, stdio: 'inherit' });
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
