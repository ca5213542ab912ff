import { cifar10 } from '../data/cifar10.js';
import type { Dataset, TrainTest } from '../data/dataset.js';
import { shapes } from '../data/shapes.js';
import { subset } from '../data/subset.js';
import { seeded } from '../random.js';
import type { Profile } from './profiles.js';

/** The generated data are the same for all seeds of a profile, as CIFAR-10 is. */
const shapesSeed = 1;

/** The images a profile asks for. @throws {DataError} If CIFAR-10 cannot be had. */
export async function loadData({ dataset, train, test }: Profile): Promise<TrainTest> {
  if (dataset === 'shapes')
    return shapes({ count: train ?? 5000, test: test ?? 1000, random: seeded(shapesSeed) });
  const all = await cifar10();
  return { train: first(all.train, train), test: first(all.test, test) };
}

/** The first `count` images; all, where there are not more. */
function first(dataset: Dataset, count: number | undefined): Dataset {
  const size = dataset.labels.length;
  return count === undefined || count >= size ? dataset : subset(dataset, count);
}
