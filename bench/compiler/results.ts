import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { renderSvg } from '../../src/figures/render.js';
import type { Cell } from './cells.js';
import { sizesFigure } from './sizes.js';
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
  /** Median of the processor time by the reference's: what to read of a busy machine. */
  readonly processorRatio?: number | null;
  /** The machine's load when the cell began; a quiet one has 0 to 2. */
  readonly load?: number;
}

/** From this load on the clock shows the others' work. */
const busy = 3;

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
  await draw('compiler', ratiosFigure(merged));
  await draw('sizes', sizesFigure(merged));
}

export function rowsOf(
  cell: Cell,
  times: ReadonlyMap<string, readonly Time[]>,
  run: { machine: string; versions: ReadonlyMap<string, string>; load: number },
): Row[] {
  const { machine, versions, load } = run;
  const sorted = (values: number[]) => values.sort((a, b) => a - b);
  const median = (values: number[]) => sorted(values)[Math.floor(values.length / 2)] ?? NaN;
  const clock = (of: readonly Time[] = []) => sorted(of.map(({ milliseconds }) => milliseconds));
  const processorTime = (of: readonly Time[] = []) => median(of.map(({ processor }) => processor));
  const base = clock(times.get(reference));
  const baseProcessor = times.has(reference) ? processorTime(times.get(reference)) : undefined;
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
        processor: processorTime(measured),
        rounds: measured.length,
        ratio: by(median(values), base[Math.floor(base.length / 2)]),
        lowestRatio: by(lowest, base[0]),
        processorRatio: by(processorTime(measured), baseProcessor),
        load,
      };
    });
}

/** One panel for each machine. */
function ratiosFigure(rows: readonly Row[]): Readonly<Record<string, unknown>> | undefined {
  const values = rows
    .filter(({ ratio, load = 0 }) => ratio !== null && load < busy)
    .map((row) => ({ ...row, cell: [row.work, ...(row.width ? [row.width] : []), row.batch].join(', ') }));
  if (values.length === 0) return undefined;
  const x = { field: 'ratio', type: 'quantitative', title: `time, by that of ${reference}` };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    title: {
      text: 'Medians in alternating runs; left of 1 is faster than Roarbook',
      subtitle: 'What is timed, the width of ResNet-18, and images at once',
    },
    data: { values },
    facet: { column: { field: 'machine', type: 'nominal', title: null } },
    spec: {
      width: 360,
      encoding: {
        x: { ...x, scale: { type: 'log', nice: false }, axis: { values: [0.5, 0.7, 1, 1.5, 2, 3, 5, 7] } },
        y: { field: 'cell', type: 'nominal', title: null, sort: null, axis: { labelLimit: 240 } },
        color: { field: 'contestant', type: 'nominal', title: null },
        shape: { field: 'contestant', type: 'nominal', title: null },
      },
      mark: { type: 'point', filled: true, size: 50 },
    },
    resolve: { scale: { y: 'independent' } },
  };
}

/** Writes a figure as Vega-Lite and SVG. */
async function draw(name: string, figure: Readonly<Record<string, unknown>> | undefined): Promise<void> {
  if (!figure) return;
  await writeFile(file(`${name}.vl.json`), `${JSON.stringify(figure, null, 1)}\n`);
  await writeFile(file(`${name}.svg`), await renderSvg(figure));
}
