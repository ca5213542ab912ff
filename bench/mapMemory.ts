// Memory of explaining a data set with SmoothGrad-50, against the number of images. Writes bench/results/mapMemory.json.
//
//     node --import tsx bench/mapMemory.ts
//
// Each count runs in a process of its own, on images of 8 × 8 and a network small enough for 50,000 of them in minutes. What
// is kept is 2 bytes a pixel, the images' ranks; the data set itself is there before.
import '@tensorflow/tfjs-node-gpu';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { smoothGrad } from '../src/attribution/smoothGrad.js';
import type { Dataset } from '../src/data/dataset.js';
import { rankDataset } from '../src/evaluation/rankDataset.js';
import { resnet } from '../src/models/resnet.js';
import { seeded } from '../src/random.js';

const counts = [1000, 5000, 20_000, 50_000];

/** MB of this process, now and at its highest since the mark was last set. */
function resident(): { now: number; peak: number } {
  const status = readFileSync('/proc/self/status', 'utf8');
  const field = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? NaN) / 1000;
  return { now: Math.round(field('VmRSS')), peak: Math.round(field('VmHWM')) };
}

function noise(count: number): Dataset {
  const images = Uint8Array.from({ length: count * 8 * 8 * 3 }, (_, index) => (index * 97) % 256);
  const source = { name: 'noise', official: null, checksum: 'none', caption: 'noise' };
  return { images, labels: new Int32Array(count), shape: [8, 8, 3], classes: ['a', 'b'], source };
}

async function measure(count: number): Promise<void> {
  const random = seeded(0);
  const train = noise(count);
  const model = resnet({ stem: 2, widths: [2, 4], random });
  const explain = (images: Tensor4D) =>
    smoothGrad(model, images, 'predicted', { samples: 50, random: seeded(1) });
  const before = resident().now;
  // Linux then counts the peak from here.
  writeFileSync('/proc/self/clear_refs', '5');
  const start = performance.now();
  const ranks = await rankDataset(train, explain);
  const seconds = Math.round((performance.now() - start) / 1000);
  const { peak } = resident();
  const kept = Math.round(ranks.byteLength / 1e6);
  console.log(JSON.stringify({ images: count, before, peak, kept, besides: peak - before - kept, seconds }));
}

const [asked] = process.argv.slice(2).map(Number);
if (asked !== undefined) await measure(asked);
else {
  const file = fileURLToPath(import.meta.url);
  const rows = counts.map((count): unknown => {
    const out = execFileSync(process.execPath, ['--import', 'tsx', file, String(count)], {
      encoding: 'utf8',
    });
    return JSON.parse(out.trim().split('\n').at(-1) ?? '');
  });
  console.table(rows);
  const target = path.join(import.meta.dirname, 'results', 'mapMemory.json');
  writeFileSync(
    target,
    `${JSON.stringify({ command: 'node --import tsx bench/mapMemory.ts', rows }, null, 2)}\n`,
  );
}
