// What a reader waits for: a grid of 8 × 10 maps, first and again, and an update of the live widget on the quick profile's
// network. Prints milliseconds, medians with the least and the most; alone on the machine, or they say little.
//
//     node --import tsx bench/explore.ts
//
// Each part runs in a process of its own, as a notebook's cells do.
import { execFileSync } from 'node:child_process';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { displaySymbol } from '../src/display/format.js';
import type { Comm, CommData } from '../src/display/host.js';

const hostKey = Symbol.for('jupyter.host');
const file = fileURLToPath(import.meta.url);

/** A front that counts what it is told and lets the bench speak for the reader. */
class Reader {
  readonly widgets: { name: string; receive?: (message: CommData) => void }[] = [];
  readonly signal = new AbortController().signal;
  pictures = 0;

  openComm(target: string, { data }: CommData): Comm {
    const { state } = data as { state: Record<string, unknown> };
    const widget: (typeof this.widgets)[number] = { name: String(state['_model_name']) };
    this.widgets.push(widget);
    return {
      ...{ id: String(this.widgets.length), target },
      send: ({ buffers = [] }) => void (this.pictures += buffers.length),
      close: () => undefined,
      onMessage: (receive) => void (widget.receive = receive),
      onClose: () => undefined,
    };
  }

  onComm(): void {
    // The bench asks for nothing by name.
  }

  change(name: string, state: Record<string, unknown>): void {
    this.widgets.find((widget) => widget.name === name)?.receive?.({ data: { method: 'update', state } });
  }
}

function summary(times: readonly number[]) {
  const sorted = times.map(Math.round).sort((a, b) => a - b);
  return { median: sorted[Math.floor(sorted.length / 2)], least: sorted[0], most: sorted.at(-1) };
}

/** Ten methods' maps of eight images: smooth ones, whose pictures cost as much as real ones. */
async function grid({ prepared }: { prepared: boolean }): Promise<void> {
  if (prepared) Object.assign(globalThis, { [hostKey]: new Reader() });
  const { mapGrid } = await import('../src/figures/mapGrid.js');
  if (prepared) await setTimeout(2000);
  const length = 8 * 32 * 32 * 3;
  const wave = (period: number) => Float32Array.from({ length }, (_, i) => 0.5 + 0.5 * Math.sin(i / period));
  const maps = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`method ${i}`, wave(7 + i)]));
  const names = Array.from({ length: 8 }, (_, i) => `image ${i}`);
  const times: number[] = [];
  for (let round = 0; round < 10; round++) {
    const start = performance.now();
    const figure = mapGrid({ images: wave(97), shape: [32, 32, 3], names, maps }, { title: 'Maps' });
    JSON.stringify(await figure[displaySymbol]());
    times.push(performance.now() - start);
  }
  console.log(JSON.stringify({ first: Math.round(times[0] ?? NaN), again: summary(times.slice(1)) }));
}

/** From a moved slider to the three pictures of its update. */
async function widget(): Promise<void> {
  const reader = new Reader();
  Object.assign(globalThis, { [hostKey]: reader });
  const { explore, profile, seeded, shapes } = await import('../src/index.js');
  const { newNetwork } = await import('../src/experiments/kinds/network.js');
  const { test } = shapes({ count: 4, test: 40, random: seeded(1) });
  const model = newNetwork(profile('quick').network, { classes: test.classes.length }, seeded(1));
  const start = performance.now();
  await explore(model, test);
  const first = Math.round(performance.now() - start);
  const times: number[] = [];
  for (let i = 1; i <= 40; i++) {
    const [moved, before] = [performance.now(), reader.pictures];
    reader.change('FloatSliderModel', { value: i / 20 });
    while (reader.pictures < before + 2) await setImmediate();
    times.push(performance.now() - moved);
  }
  console.log(JSON.stringify({ first, update: summary(times) }));
}

const parts = {
  'grid in a notebook': () => grid({ prepared: true }),
  'grid in a script': () => grid({ prepared: false }),
  widget,
};
const [asked] = process.argv.slice(2);
if (asked !== undefined) await parts[asked as keyof typeof parts]();
else
  for (const part of Object.keys(parts)) {
    const out = execFileSync(process.execPath, ['--import', 'tsx', file, part], { encoding: 'utf8' });
    console.log(part, out.trim().split('\n').at(-1));
  }
