import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { duration } from '../display/amounts.js';
import { cifar10 } from '../data/cifar10.js';
import { DataError } from '../errors.js';
import { Laboratory } from './laboratory.js';
import { notebookPage, runNotebook } from './notebook.js';
import { packageFolder } from './python.js';
import { writePage } from './page.js';
import type { Profile } from './profile.js';
import { changesOf, profile } from './profiles.js';
import { writeReport } from './report.js';
import { sectionNames, sections } from './sections/index.js';
import type { SectionName } from './sections/index.js';
import type { SectionDefinition } from './section.js';

export interface ReproduceOptions {
  /** What is computed; default `profile('quick')`. */
  profile?: Profile;
  /** One section only. */
  only?: SectionName;
  /** All sections, in place of those of a first look. */
  all?: boolean;
  /** Whether the user named the data's folder, which then must be right. */
  named?: boolean;
  /** Where results go; default `results/<profile>`. */
  out?: string | undefined;
}

/** The notebook that shows a newcomer around; it is no section. */
const tour = 'tour.ipynb';

/**
 * Runs the sections' notebooks headless and writes what they show: executed notebooks, figures, tables, one JSON for each
 * section with every number, and one page with all of it.
 *
 * @returns The exit code: not 0 if a cell failed, whose error was printed.
 * @throws {ArgumentError} If the set-up was not run.
 * @throws {DataError} If a data folder that was named holds no readable CIFAR-10 batches.
 */
export async function reproduce(options: ReproduceOptions = {}): Promise<number> {
  const { only, all = false, named = false, profile: asked = profile('quick') } = options;
  const dataset = await availableData(asked, named);
  const wanted: Profile = { ...asked, dataset };
  const folder = path.resolve(options.out ?? path.join('results', wanted.name));
  mkdirSync(folder, { recursive: true });
  const begun = performance.now();
  if (only === undefined && existsSync(path.join(packageFolder, 'notebooks', tour))) {
    const code = await execute(tour, folder, wanted);
    if (code !== 0) return code;
  }
  for (const name of only === undefined ? sectionNames.filter((id) => all || isFirstLook(id)) : [only]) {
    const code = await runSection(name, folder, wanted);
    if (code !== 0) return code;
  }
  const page = await writePage(wanted, folder);
  console.log(`\nEverything on one page, after ${duration((performance.now() - begun) / 1000)}: ${page}`);
  console.log(`To look further: npm run lab, or open ${folder} in JupyterLab.`);
  return 0;
}

function isFirstLook(name: SectionName): boolean {
  const { firstLook = false }: SectionDefinition = sections[name];
  return firstLook;
}

/** Executes a section's notebook and writes the section's figures, tables and numbers. */
async function runSection(name: SectionName, folder: string, wanted: Profile): Promise<number> {
  const definition: SectionDefinition = sections[name];
  const code = await execute(definition.notebook, folder, wanted);
  if (code !== 0) return code;
  const { files, summary } = await writeReport(name, definition.open(new Laboratory(wanted)), folder);
  console.log(`\n${summary}\n\nWritten:`);
  for (const file of files) console.log(`  ${file}`);
  return 0;
}

async function execute(notebook: string, folder: string, wanted: Profile): Promise<number> {
  const { name, dataset, seeds } = wanted;
  const executed = path.join(folder, notebook);
  console.log(`Running ${notebook} in the ${name} profile …`);
  const parameters = { profileName: name, dataset, seeds, changes: changesOf(wanted) };
  const code = await runNotebook(notebook, executed, parameters);
  return code === 0 ? notebookPage(executed) : code;
}

/** The profile's data set, or generated shapes where CIFAR-10 cannot be had. */
async function availableData(wanted: Profile, named: boolean): Promise<Profile['dataset']> {
  if (wanted.dataset === 'shapes') return 'shapes';
  try {
    await cifar10();
    return 'cifar10';
  } catch (error) {
    if (named || !(error instanceof DataError)) throw error;
    console.log(
      `CIFAR-10 cannot be had (${error.message}). Going on with generated shapes; every figure says so.`,
    );
    return 'shapes';
  }
}
