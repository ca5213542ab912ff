import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { renderPng, renderSvg } from '../../src/figures/render.js';
import type { Cell } from './cells.js';
import type { Time } from './worker.js';

/** One contestant's times in one cell. All of a run's contestants took turns. */
export interface Row extends Cell {
  readonly contestant: string;
  readonly version: string;
  readonly machine: string;
  /** Milliseconds. */
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
  /** Median of the processor time. */
  readonly processor: number;
  readonly rounds: number;
  /** Median of this row by that of 'roarbook float32' in the same run; by lowest times in `lowestRatio`. */
  readonly ratio: number | null;
  readonly lowestRatio: number | null;
}

export const reference = 'roarbook float32';

const folder = new URL('../results/', import.meta.url);
const file = (name: string) => new URL(name, folder);

export async function readRows(): Promise<Row[]> {
  const text = await readFile(file('compiler.json'), 'utf8').catch(() => '{"rows": []}');
  // This program wrote it.
  return (JSON.parse(text) as { rows: Row[] }).rows;
}

/** Puts new rows in the place of those of the same contestant and cell, and draws the figure anew. */
export async function mergeRows(rows: readonly Row[]): Promise<void> {
  const key = (row: Row) => `${row.machine} ${row.work} ${row.width} ${row.batch} ${row.contestant}`;
  const all = new Map([...(await readRows()), ...rows].map((row) => [key(row), row]));
  await mkdir(folder, { recursive: true });
  const merged = [...all.values()];
  await writeFile(file('compiler.json'), `${JSON.stringify({ rows: merged }, null, 1)}\n`);
  await draw(merged);
}

export function rowsOf(
  cell: Cell,
  times: ReadonlyMap<string, readonly Time[]>,
  { machine, versions }: { machine: string; versions: ReadonlyMap<string, string> },
): Row[] {
  const sorted = (values: number[]) => values.sort((a, b) => a - b);
  const median = (values: number[]) => sorted(values)[Math.floor(values.length / 2)] ?? NaN;
  const clock = (of: readonly Time[] = []) => sorted(of.map(({ milliseconds }) => milliseconds));
  const base = clock(times.get(reference));
  const by = (value: number, other: number | undefined) =>
    other === undefined ? null : Number((value / other).toFixed(3));
  return [...times]
    .filter(([, measured]) => measured.length > 0)
    .map(([contestant, measured]) => {
      const values = clock(measured);
      const [lowest = NaN, highest = NaN] = [values[0], values.at(-1)];
      return {
        ...cell,
        contestant,
        version: versions.get(contestant) ?? '',
        machine,
        median: median(values),
        lowest,
        highest,
        processor: median(measured.map(({ processor }) => processor)),
        rounds: measured.length,
        ratio: by(median(values), base[Math.floor(base.length / 2)]),
        lowestRatio: by(lowest, base[0]),
      };
    });
}

async function draw(rows: readonly Row[]): Promise<void> {
  const values = rows
    .filter(({ ratio }) => ratio !== null)
    .map((row) => ({ ...row, cell: `${row.work}, width ${row.width}, ${row.batch} images` }));
  if (values.length === 0) return;
  const x = { field: 'ratio', type: 'quantitative', title: `time, by that of ${reference}` };
  const figure = {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    title: {
      text: 'Medians in alternating runs; left of 1 is faster than Roarbook',
      subtitle: rows[0]?.machine,
    },
    data: { values },
    width: 480,
    encoding: {
      x: { ...x, scale: { type: 'log' } },
      y: { field: 'cell', type: 'nominal', title: null, sort: null },
      color: { field: 'contestant', type: 'nominal', title: null },
    },
    mark: { type: 'point', filled: true, size: 50 },
  };
  await writeFile(file('compiler.vl.json'), `${JSON.stringify(figure, null, 1)}\n`);
  const svg = await renderSvg(figure);
  await writeFile(file('compiler.svg'), svg);
  await writeFile(file('compiler.png'), await renderPng(svg, 2));
}
