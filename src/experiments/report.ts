import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Figure } from '../figures/figure.js';
import { Table } from '../tables/table.js';
import type { Section } from './section.js';
import { versions } from './software.js';

const figureFiles = [
  ['svg', {}],
  ['png', {}],
  ['large.svg', { scale: 2 }],
  ['large.png', { scale: 4 }],
  ['vl.json', {}],
] as const;

/**
 * Writes what a section shows next to its executed notebook: figures as PNG and SVG, each in two sizes, and as Vega-Lite,
 * tables as CSV, and one JSON with every number, seed, option, checksum, version and device.
 *
 * @param name - The section's, of the JSON file too.
 * @returns The files' paths, and the tables and claims as text.
 */
export async function writeReport(
  name: string,
  section: Section,
  folder: string,
): Promise<{ files: string[]; summary: string }> {
  const files: string[] = [];
  const texts: string[] = [];
  const write = (name: string, content: string | Uint8Array) => {
    const file = path.join(folder, name);
    writeFileSync(file, content);
    files.push(file);
  };
  for (const { name, shown } of await section.exhibits()) {
    if (shown instanceof Figure) {
      for (const [ending, options] of figureFiles) {
        files.push(path.join(folder, `${name}.${ending}`));
        await shown.save(path.join(folder, `${name}.${ending}`), options);
      }
      continue;
    }
    if (shown instanceof Table) write(`${name}.csv`, shown.toCSV());
    texts.push(shown.toText());
  }
  const software = await versions();
  write(`${name}.json`, `${JSON.stringify({ ...(await section.results()), software }, null, 2)}\n`);
  return { files, summary: texts.join('\n\n') };
}
