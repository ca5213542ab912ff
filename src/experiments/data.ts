import { createHash } from 'node:crypto';
import { byTurns } from '../data/byTurns.js';
import { cifar10 } from '../data/cifar10.js';
import { checkDataset } from '../data/checkDataset.js';
import type { SourcedTrainTest, TrainTest } from '../data/dataset.js';
import { shapes } from '../data/shapes.js';
import { ArgumentError } from '../errors.js';
import { seeded } from '../random.js';
import type { Profile } from './profile.js';

/** The generated data are the same for all seeds of a profile, as CIFAR-10 is. */
const shapesSeed = 1;

/**
 * The images a profile asks for.
 *
 * @param options - `download`: false to take only what is there; default true.
 * @throws {DataError} If CIFAR-10 cannot be had.
 */
export async function loadData(
  { dataset, train, test }: Profile,
  { download = true }: { download?: boolean } = {},
): Promise<SourcedTrainTest> {
  if (dataset === 'cifar10') return cifar10({ ...(train && { train }), ...(test && { test }), download });
  return shapes({ count: train ?? 5000, test: test ?? 1000, random: seeded(shapesSeed) });
}

/**
 * Images of the user's own, with one caption and checksum for both sets. Their classes are taken by turns: tasks on a part
 * of the test images take the first ones.
 *
 * @throws {ArgumentError} If training and test set differ in image shape or classes.
 */
export function ownData(given: TrainTest): SourcedTrainTest {
  checkDataset('section', given.train);
  checkDataset('section', given.test);
  const [train, test] = [byTurns(given.train), byTurns(given.test)];
  const form = ({ shape, classes }: TrainTest['train']) => JSON.stringify([shape, classes]);
  if (form(train) !== form(test))
    throw new ArgumentError(
      `section: training and test images must have one shape and the same classes, got ${form(train)} and ${form(test)}`,
    );
  const caption = `${train.source.caption} for training; ${test.source.caption} for testing`;
  const sums = createHash('sha256').update(`${train.source.checksum} ${test.source.checksum}`);
  return {
    ...{ train, test },
    source: { name: train.source.name, official: null, checksum: sums.digest('hex'), caption },
  };
}
