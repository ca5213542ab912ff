import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { A3 } from './a3.js';

const manifest = new URL('../../package.json', import.meta.url);

/**
 * Writes what a section shows next to its executed notebook: figures as PNG and SVG, tables as CSV, and one JSON with
 * every number, seed, option, checksum, version and device.
 *
 * @returns The files' paths, and the tables and claims as text.
 */
export async function writeReport(
  section: A3,
  folder: string,
): Promise<{ files: string[]; summary: string }> {
  const files: string[] = [];
  const write = (name: string, content: string | Uint8Array) => {
    const file = path.join(folder, name);
    writeFileSync(file, content);
    files.push(file);
  };
  const figures = { figure1: await section.figure1(), figure2: await section.figure2() };
  for (const [name, figure] of Object.entries(figures)) {
    write(`${name}.svg`, await figure.svg());
    write(`${name}.png`, await figure.png());
    write(`${name}.vl.json`, `${JSON.stringify(figure.spec)}\n`);
  }
  const [table, models, claims] = [await section.table(), await section.models(), await section.claims()];
  write('a3-removal.csv', table.csv());
  write('a3-models.csv', models.csv());
  const { name, version } = JSON.parse(await readFile(manifest, 'utf8')) as { name: string; version: string };
  const software = { [name]: version, node: process.versions.node };
  write('a3.json', `${JSON.stringify({ ...(await section.results()), software }, null, 2)}\n`);
  return { files, summary: [models.text(), table.text(), claims.text()].join('\n\n') };
}
