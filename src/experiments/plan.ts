import { ArgumentError } from '../errors.js';
import { deviceInfo } from '../native/device.js';
import { calibration } from './calibration.js';
import { costOf, countedPace, javascript } from './costs.js';
import { operationsOf } from './operations.js';
import type { SectionName } from './sections/index.js';
import type { TaskList } from './tasks.js';

/** A task with what it is expected to take on this device. */
export interface PlannedTask {
  /** Names it on every machine with this code: what `roarbook run` takes. */
  readonly key: string;
  readonly kind: string;
  readonly label: string;
  /** Which sections need it. */
  readonly sections: readonly SectionName[];
  /** Keys of the tasks whose results it reads. */
  readonly inputs: readonly string[];
  /** Whether its result is there. */
  readonly cached: boolean;
  /** Of computing it. */
  readonly seconds: number;
  /** Floating-point operations of computing it. */
  readonly operations: number;
  /** Of its result on disk. */
  readonly bytes: number;
  /** MiB of main memory. */
  readonly memory: number;
  /** GPUs. */
  readonly gpu: 0 | 1;
}

export interface Plan {
  readonly profile: string;
  /** Of the device that the estimates are for. */
  readonly device: string;
  /** That one operation uses on the CPU. */
  readonly threads: number;
  readonly store: string;
  /** Every task after those that it reads. */
  readonly tasks: readonly PlannedTask[];
  /** What a reader must know. */
  readonly notes: readonly string[];
}

/**
 * What a list of tasks takes. The device is timed once for a network and kept; nothing else is computed.
 *
 * @param options - `rate`: 10¹² operations a second (TFLOP/s) that another device sustains; the seconds are then its.
 * @throws {ArgumentError} If the rate is not positive.
 */
export async function plan(
  { profile, tasks, store, images, notes }: TaskList,
  { rate }: { rate?: number | undefined } = {},
): Promise<Plan> {
  if (rate !== undefined && !(rate > 0 && rate < Infinity))
    throw new ArgumentError(`plan: the rate must be a number of TFLOP/s above 0, got ${rate}`);
  const device = await calibration(profile, store.folder);
  const operations = await operationsOf(profile);
  const { batchSize } = profile.training;
  const scale = { ...images, batchSize, operations };
  const counted = { ...device, ...countedPace(operations, batchSize) };
  const { train, test, pixels } = images;
  // Images are kept as bytes, and once more as what removal leaves of them.
  const memory = Math.round(device.memory + (2 * (train + test) * pixels * 3) / 2 ** 20);
  const { kind, name, threads } = deviceInfo();
  const gpu = kind === 'gpu' || rate !== undefined ? 1 : 0;
  const planned = tasks.map(({ key, task, sections, inputs }): PlannedTask => {
    const cost = costOf(task, { ...scale, device: { ...device, ...javascript } });
    const operations = costOf(task, { ...scale, device: counted }).seconds;
    return {
      ...{ key, kind: task.kind, label: task.label, sections, inputs },
      cached: store.has(task),
      ...{ seconds: rate === undefined ? cost.seconds : operations / (rate * 1e12), operations },
      ...{ bytes: cost.bytes, memory, gpu },
    };
  });
  return {
    ...{ profile: profile.name, device: rate === undefined ? name : `a device of ${rate} TFLOP/s` },
    ...{ threads, store: store.folder, tasks: planned, notes },
  };
}
