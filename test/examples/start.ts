import { batches, resnet, seeded, shapes } from '../../src/index.js';

/* What every example of the documentation goes on from. */
export const random = seeded(0);
export const { train, test } = shapes({ count: 32, test: 8, random });
export const model = resnet({ stem: 2, widths: [4, 8], random });
const [batch] = batches(test, { size: 4 });
if (!batch) throw new TypeError('start: the test set has images');
export const { images, labels } = batch;
