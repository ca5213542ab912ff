// Whether bfloat16 trains as well as float32: test accuracies of both over seeds. Writes bench/results/bfloat16.json.
//
//     node --import tsx bench/bfloat16.ts --data DIR
//
// For each seed two ResNet-18 of width 16 begin with the same weights and see the same batches of CIFAR-10. Each finished
// training is written at once; run again, it goes on with those that are missing. On a processor without bfloat16 it is slower and
// rounds the same. Two cores are used best by two processes of one thread (TF_NUM_INTRAOP_THREADS=1) with seeds of their own.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { nodeBackend } from '../src/compiler/native.js';
import { subset } from '../src/data/subset.js';
import { accuracy, cifar10, resnet18, seeded, trainStandard } from '../src/index.js';
import { average } from '../src/tables/statistics.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: process.env['ROARBOOK_DATA'] ?? '' },
    images: { type: 'string', default: '20000' },
    epochs: { type: 'string', default: '8' },
    seeds: { type: 'string', default: '0,1,2,3,4,5,6,7,8,9' },
    precisions: { type: 'string', default: 'float32,bfloat16' },
  },
});
const setting = { width: 16, images: Number(values.images), epochs: Number(values.epochs) };
const file = path.join(import.meta.dirname, 'results', 'bfloat16.json');

interface Run {
  readonly seed: number;
  readonly precision: 'float32' | 'bfloat16';
  /** Of all test images, in 0…1. */
  readonly accuracy: number;
  readonly loss: number;
  readonly seconds: number;
  /** 'avx512_bf16' where the processor computes in bfloat16. */
  readonly instructions: string;
}

// As 'force' tells the compiler, on a processor without bfloat16.
process.env['ROARBOOK_BFLOAT16'] = 'force';
const { train, test } = await cifar10(values.data === '' ? {} : { dir: values.data });

/** 95 % of t at the middle: two-sided 90 %, for 1 to 9 degrees of freedom. */
const t = [6.314, 2.92, 2.353, 2.132, 2.015, 1.943, 1.895, 1.86, 1.833];

/** What was trained so far, by other processes too. */
function stored(): Run[] {
  if (!existsSync(file)) return [];
  const before = JSON.parse(readFileSync(file, 'utf8')) as { setting: object; runs: Run[] };
  return JSON.stringify(before.setting) === JSON.stringify(setting) ? before.runs : [];
}

/** bfloat16's accuracy less float32's, in points, and half its 90 % interval over seeds. */
function difference(runs: readonly Run[]) {
  const of = (seed: number, precision: string) =>
    runs.find((run) => run.seed === seed && run.precision === precision)?.accuracy;
  const points = [...new Set(runs.map(({ seed }) => seed))].flatMap((seed) => {
    const [half, full] = [of(seed, 'bfloat16'), of(seed, 'float32')];
    return half === undefined || full === undefined ? [] : [100 * (half - full)];
  });
  const n = points.length;
  const mean = average(points);
  const deviation = Math.sqrt(points.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1));
  return { seeds: n, mean, halfInterval90: ((t[n - 2] ?? NaN) * deviation) / Math.sqrt(n) };
}

for (const seed of values.seeds.split(',').map(Number))
  for (const precision of values.precisions.split(',') as Run['precision'][]) {
    if (stored().some((run) => run.seed === seed && run.precision === precision)) continue;
    const random = seeded(seed);
    const start = performance.now();
    const { model, history } = await trainStandard(
      resnet18({ width: setting.width, random: random.fork('weights') }),
      subset(train, setting.images),
      {
        ...{ epochs: setting.epochs, learningRate: 0.2, schedule: 'oneCycle', precision },
        random: random.fork('training'),
      },
    );
    const seconds = Math.round((performance.now() - start) / 1000);
    const measured = await accuracy(model, test);
    model.dispose();
    const { instructions } = nodeBackend().binding;
    const loss = history.at(-1)?.loss ?? NaN;
    const run = { seed, precision, accuracy: measured.accuracy, loss, seconds, instructions };
    const runs = [...stored(), run].sort((a, b) => a.seed - b.seed || a.precision.localeCompare(b.precision));
    const command = `node --import tsx bench/bfloat16.ts --data DIR`;
    const result = { command, setting, difference: difference(runs), runs };
    writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
    console.log(JSON.stringify(run), JSON.stringify(result.difference));
  }
