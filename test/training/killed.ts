// Trains as the test beside it says, until it is killed.
import '@tensorflow/tfjs-node-gpu';
import { seeded } from '../../src/random.js';
import { trainStandard } from '../../src/training/standard.js';
import { longOptions, quarters, tinyModel } from './toy.js';

await trainStandard(tinyModel(), quarters(64), {
  ...longOptions,
  random: seeded(5),
  checkpoint: process.argv[2] ?? '',
});
