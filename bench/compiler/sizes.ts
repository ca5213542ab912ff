import type { Row } from './results.js';

/** What is varied in a panel, and the cells that differ in nothing else. */
interface Panel {
  readonly title: string;
  readonly axis: string;
  /** The row's place on the axis; undefined for a row of another panel. */
  size(row: Row): number | undefined;
}

const panels: readonly Panel[] = [
  {
    title: 'a training step, 128 images',
    axis: 'width of ResNet-18',
    size: ({ work, width, batch }) => (work === 'train' && batch === 128 ? width : undefined),
  },
  {
    title: 'PGD, width 16, 128 images',
    axis: 'steps',
    size: ({ work, width, batch }) =>
      width === 16 && batch === 128 ? Number(/^pgd(\d+)$/.exec(work)?.[1] ?? NaN) || undefined : undefined,
  },
  {
    title: 'removal of 60 % of the pixels',
    axis: 'images',
    size: ({ work, batch }) => (work === 'removal' ? batch : undefined),
  },
];

/** Others were timed at one size only. */
const shown = ['roarbook float32', 'pytorch channels_last'];

/** Cost against size, in processor time, on the machine with the most of such rows: a Vega-Lite figure. */
export function sizesFigure(rows: readonly Row[]): Readonly<Record<string, unknown>> | undefined {
  const compared = rows.filter(({ contestant }) => shown.includes(contestant));
  const values = compared.flatMap((row) =>
    panels.flatMap(({ title, size }) => {
      const at = size(row);
      return at === undefined ? [] : [{ ...row, panel: title, at }];
    }),
  );
  const machine = mostFrequent(values.map((value) => value.machine));
  const time = { field: 'processor', type: 'quantitative', title: 'processor time, ms' };
  const panel = ({ title, axis }: Panel) => ({
    title,
    transform: [{ filter: { field: 'panel', equal: title } }],
    mark: { type: 'line', point: true },
    encoding: {
      x: { field: 'at', type: 'quantitative', title: axis, scale: { type: 'log' }, axis: { format: '~s' } },
      y: { ...time, scale: { type: 'log' }, axis: { format: '~s' } },
      color: { field: 'contestant', type: 'nominal', title: null },
    },
  });
  if (machine === undefined) return undefined;
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    title: { text: 'Cost against size, medians', subtitle: machine },
    data: { values: values.filter((value) => value.machine === machine) },
    hconcat: panels.map(panel),
  };
}

function mostFrequent(names: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}
