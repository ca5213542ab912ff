import '../../src/native/index.js';
import '@tensorflow/tfjs-node-gpu';
import { createInterface } from 'node:readline';
import * as tf from '@tensorflow/tfjs-core';
import { device } from '../../src/native/index.js';
import { dataWorks } from './dataWorks.js';
import { mapWorks } from './mapWorks.js';
import { stockWorks } from './stock.js';
import { roarbookWorks, type Work } from './works.js';

// The tfjs side of the benchmark; torchWorker.py describes the protocol. Modes: stock, eager, float32, bfloat16.
const mode = process.argv[2] ?? 'float32';
let built: { key: string; works: Record<string, Work> } | undefined;

function works(width: number, batch: number): Record<string, Work> {
  const key = `${width} ${batch}`;
  if (built?.key === key) return built.works;
  built = {
    key,
    works: width === 0 ? (mode === 'float32' ? dataWorks(batch) : {}) : networkWorks(width, batch),
  };
  return built.works;
}

function networkWorks(width: number, batch: number): Record<string, Work> {
  const images = tf.randomUniform<tf.Rank.R4>([batch, 32, 32, 3], 0, 1, 'float32', 1);
  const labels = tf.tensor1d(
    Int32Array.from({ length: batch }, (_, i) => i % 10),
    'int32',
  );
  const options = { width, images, labels };
  if (mode === 'stock') return stockWorks(options);
  const precision = mode === 'eager' || mode === 'bfloat16' ? mode : 'float32';
  return {
    ...roarbookWorks(options, precision),
    ...(precision === 'eager' ? {} : mapWorks(options, precision)),
  };
}

const answer = (value: object) => process.stdout.write(`${JSON.stringify(value)}\n`);
answer({ version: device() });
for await (const line of createInterface({ input: process.stdin })) {
  // The driver writes these lines.
  const { work, width, batch } = JSON.parse(line) as { work: string; width: number; batch: number };
  const chosen = works(width, batch)[work];
  if (!chosen) {
    answer({ error: `no ${work} here` });
    continue;
  }
  const start = performance.now();
  const busy = process.cpuUsage();
  await chosen.run();
  const { user, system } = process.cpuUsage(busy);
  answer({ milliseconds: performance.now() - start, processor: (user + system) / 1000 });
}
