import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Laboratory } from './laboratory.js';
import { documentOf } from './page/document.js';
import { packageFolder } from './python.js';
import { gitCommit, versions } from './software.js';
import type { Profile } from './profile.js';
import type { SectionDefinition } from './section.js';
import { sectionNames, sections } from './sections/index.js';
import { listTasks } from './tasks.js';

/**
 * Writes one page with what every section shows that is computed in this profile, and where it comes from.
 *
 * @returns The file's path, `index.html` in the folder.
 */
export async function writePage(profile: Profile, folder: string): Promise<string> {
  const shown = [];
  for (const name of sectionNames) {
    const { tasks, store } = await listTasks(profile, [name]);
    // A section that was not run, or not to its end, is left out: a page computes nothing.
    const wanted = tasks.filter(({ task }) => !['model', 'ranks'].includes(task.kind));
    if (!wanted.every(({ task }) => store.has(task))) continue;
    const definition: SectionDefinition = sections[name];
    const section = definition.open(new Laboratory(profile));
    const times = tasks.map(({ task }) => ({
      label: task.label,
      kind: task.kind,
      seconds: store.seconds(task) ?? null,
    }));
    shown.push({
      ...{ name, title: definition.title, notebook: definition.notebook },
      ...{ exhibits: await section.exhibits(), times },
    });
  }
  const laboratory = new Laboratory(profile);
  const { train, test } = await laboratory.data();
  const html = await documentOf({
    profile,
    provenance: await laboratory.provenance(),
    checksums: { training: train.source.checksum, test: test.source.checksum },
    software: { ...(await versions()), commit: gitCommit(packageFolder) },
    sections: shown,
    files: new Set(readdirSync(folder)),
  });
  const file = path.join(folder, 'index.html');
  writeFileSync(file, html);
  return file;
}
