import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { cifar10 } from '../data/cifar10.js';
import { ArgumentError, DataError } from '../errors.js';
import { profile } from './profiles.js';
import type { Profile, ProfileName } from './profile.js';
import { python } from './python.js';
import { writeReport } from './report.js';
import { section, sectionNames, sections } from './sections/index.js';
import type { SectionName } from './sections/index.js';

export interface ReproduceOptions {
  /** Default 'quick'. */
  profile?: ProfileName | undefined;
  /** Which sections; default all there are. */
  only?: SectionName | undefined;
  /** How many seeds; default the profile's own. */
  seeds?: number | undefined;
  /** Folder with CIFAR-10's binary batches. */
  data?: string | undefined;
  /** Where results go; default `results/<profile>`. */
  out?: string | undefined;
}

/**
 * Runs the sections' notebooks headless and writes what they show: executed notebook, HTML page, figures, tables and
 * one JSON with every number.
 *
 * @returns The exit code: not 0 if a cell failed, whose error was printed.
 * @throws {ArgumentError} If there is no such profile, or the set-up was not run.
 * @throws {DataError} If `data` holds no readable CIFAR-10 batches.
 */
export async function reproduce(options: ReproduceOptions): Promise<number> {
  const { profile: name = 'quick', only, seeds, data } = options;
  if (only !== undefined && !sectionNames.includes(only))
    throw new ArgumentError(`reproduce: --only must be one of ${sectionNames.join(', ')}, got '${only}'`);
  if (data !== undefined) process.env.ROARBOOK_DATA = path.resolve(data);
  const wanted = profile(name, { seeds });
  const dataset = await availableData(wanted, data !== undefined);
  const folder = path.resolve(options.out ?? path.join('results', name));
  mkdirSync(folder, { recursive: true });
  for (const id of only === undefined ? sectionNames : [only]) {
    const code = await runSection(id, folder, { profileName: name, dataset, seeds: seeds ?? 0 });
    if (code !== 0) return code;
  }
  console.log(`\nTo look further: npm run lab, or open ${folder} in JupyterLab.`);
  return 0;
}

/** Executes a section's notebook, makes a page of it and writes the section's figures, tables and numbers. */
async function runSection(
  id: SectionName,
  folder: string,
  parameters: { profileName: ProfileName; dataset: Profile['dataset']; seeds: number },
): Promise<number> {
  const { profileName, dataset, seeds } = parameters;
  const { notebook } = sections[id];
  const executed = path.join(folder, notebook);
  console.log(`Running ${notebook} in the ${profileName} profile …`);
  const code = await python([
    'scripts/run_notebook.py',
    `notebooks/${notebook}`,
    executed,
    JSON.stringify(parameters),
  ]);
  if (code !== 0) return code;
  const page = await python(['-m', 'nbconvert', '--log-level=ERROR', '--to=html', executed]);
  if (page !== 0) return page;
  const ran = section(id, profile(profileName, { dataset, seeds: seeds || undefined }));
  const { files, summary } = await writeReport(id, ran, folder);
  console.log(`\n${summary}\n\nWritten:`);
  for (const file of [executed, executed.replace(/\.ipynb$/, '.html'), ...files]) console.log(`  ${file}`);
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
