import { cifar10 } from '../data/cifar10.js';
import type { SourcedTrainTest } from '../data/dataset.js';
import { shapes } from '../data/shapes.js';
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
