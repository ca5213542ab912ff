import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/*
 * Times a training step and a two-step attack of ResNet-18 in Roarbook, stock tfjs and PyTorch.
 *
 *   npx tsx bench/compiler/run.ts --widths 16 --batches 128 --rounds 7 --python /tmp/torch/bin/python
 *
 * All contestants stay alive and take turns, so that a busy hour hits them alike; the others wait without using a processor.
 * Writes bench/results/compiler.json and a Vega-Lite figure beside it.
 */
const { values } = parseArgs({
  options: {
    widths: { type: 'string', default: '8,16,64' },
    batches: { type: 'string', default: '64,128,256' },
    rounds: { type: 'string', default: '7' },
    works: { type: 'string', default: 'train,pgd' },
    contestants: { type: 'string', default: '' },
    /** A Python with PyTorch; without it only tfjs runs. */
    python: { type: 'string', default: '' },
  },
});
const here = fileURLToPath(new URL('.', import.meta.url));
const numbers = (list: string) => list.split(',').map(Number);

interface Contestant {
  readonly name: string;
  readonly command: readonly string[];
}
const tfjs = ['stock', 'eager', 'float32', 'bfloat16'].map((mode): Contestant => ({
  name: mode === 'stock' ? 'stock tfjs' : `roarbook ${mode}`,
  command: [process.execPath, '--import', 'tsx', `${here}tfjsWorker.ts`, mode],
}));
const torch = ['eager', 'channels_last', 'bfloat16'].map((mode): Contestant => ({
  name: `pytorch ${mode}`,
  command: [values.python, `${here}torchWorker.py`, mode],
}));
const contestants = [...tfjs, ...(values.python ? torch : [])].filter(
  ({ name }) => values.contestants === '' || values.contestants.split(',').includes(name),
);

class Worker {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor({ name, command }: Contestant) {
    this.name = name;
    const [program = '', ...args] = command;
    // Waiting threads must not spin while another contestant runs.
    const env = { ...process.env, OMP_WAIT_POLICY: 'PASSIVE', KMP_BLOCKTIME: '0', TF_CPP_MIN_LOG_LEVEL: '2' };
    this.#child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
    if (!this.#child.stdout) throw new Error(`${name} must have an output`);
    const lines: Interface = createInterface({ input: this.#child.stdout });
    this.#lines = lines[Symbol.asyncIterator]();
  }

  async read(): Promise<Record<string, unknown>> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`${this.name} ended early`);
    // The workers write these lines.
    return JSON.parse(value as string) as Record<string, unknown>;
  }

  async time(request: object): Promise<Time> {
    this.#child.stdin?.write(`${JSON.stringify(request)}\n`);
    const { milliseconds, processor } = await this.read();
    return { milliseconds: Number(milliseconds), processor: Number(processor) };
  }

  end(): void {
    this.#child.stdin?.end();
  }
}

interface Time {
  readonly milliseconds: number;
  /** Milliseconds of processor time over all threads: what a busy machine changes least. */
  readonly processor: number;
}

interface Row {
  readonly work: string;
  readonly width: number;
  readonly batch: number;
  readonly contestant: string;
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
  /** Median of the processor time. */
  readonly processor: number;
  readonly times: readonly Time[];
}

function row(of: Pick<Row, 'work' | 'width' | 'batch' | 'contestant'>, times: Time[]): Row {
  const ordered = (values: number[]) => values.sort((a, b) => a - b);
  const median = (values: number[]) => values[Math.floor(values.length / 2)] ?? NaN;
  const clock = ordered(times.map(({ milliseconds }) => milliseconds));
  const processor = median(ordered(times.map(({ processor }) => processor)));
  const [lowest = NaN, highest = NaN] = [clock[0], clock.at(-1)];
  return { ...of, median: median(clock), lowest, highest, processor, times };
}

const rows: Row[] = [];
const workers = contestants.map((contestant) => new Worker(contestant));
const versions: Record<string, unknown> = {};
for (const worker of workers) versions[worker.name] = (await worker.read()).version;
for (const width of numbers(values.widths)) {
  for (const batch of numbers(values.batches)) {
    for (const work of values.works.split(',')) {
      const times = new Map(workers.map(({ name }) => [name, [] as Time[]]));
      for (let round = -1; round < Number(values.rounds); round++) {
        for (const worker of workers) {
          const time = await worker.time({ work, width, batch });
          if (round >= 0) times.get(worker.name)?.push(time);
        }
      }
      for (const [contestant, measured] of times) {
        const result = row({ work, width, batch, contestant }, measured);
        rows.push(result);
        const { median, lowest, highest, processor } = result;
        console.log(
          `${work} width ${width} batch ${batch}  ${contestant.padEnd(22)} ${median.toFixed(0).padStart(6)} ms  (${lowest.toFixed(0)}–${highest.toFixed(0)}), processor ${processor.toFixed(0)}`,
        );
      }
    }
  }
}
for (const worker of workers) worker.end();

const machine = `${cpus()[0]?.model ?? ''}, ${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)} at the end`;
const folder = new URL('../results/', import.meta.url);
await mkdir(folder, { recursive: true });
await writeFile(
  new URL('compiler.json', folder),
  `${JSON.stringify({ machine, rounds: Number(values.rounds), versions, rows }, null, 1)}\n`,
);
const figure = {
  $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
  title: { text: 'ResNet-18, median time with range', subtitle: machine },
  data: { values: rows },
  facet: { row: { field: 'work' }, column: { field: 'width' } },
  spec: {
    encoding: {
      y: { field: 'contestant', title: null, sort: 'x' },
      color: { field: 'batch', type: 'nominal' },
    },
    layer: [
      {
        mark: 'rule',
        encoding: { x: { field: 'lowest', type: 'quantitative', title: 'ms' }, x2: { field: 'highest' } },
      },
      { mark: { type: 'point', filled: true }, encoding: { x: { field: 'median', type: 'quantitative' } } },
    ],
  },
  resolve: { scale: { x: 'independent' } },
};
await writeFile(new URL('compiler.vl.json', folder), `${JSON.stringify(figure, null, 1)}\n`);
