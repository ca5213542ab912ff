import { deviceInfo } from '../native/device.js';
import { calibration } from './calibration.js';
import { costOf } from './costs.js';
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

/** What a list of tasks takes. The device is timed once for a network and kept; nothing else is computed. */
export async function plan({ profile, tasks, store, images, notes }: TaskList): Promise<Plan> {
  const device = await calibration(profile, store.folder);
  const { train, test, pixels } = images;
  // Images are kept as bytes, and once more as what removal leaves of them.
  const memory = Math.round(device.memory + (2 * (train + test) * pixels * 3) / 2 ** 20);
  const { kind, name, threads } = deviceInfo();
  const planned = tasks.map(({ key, task, sections, inputs }): PlannedTask => {
    return {
      ...{ key, kind: task.kind, label: task.label, sections, inputs },
      cached: store.has(task),
      ...costOf(task, { ...images, device }),
      ...{ memory, gpu: kind === 'gpu' ? 1 : 0 },
    };
  });
  return { profile: profile.name, device: name, threads, store: store.folder, tasks: planned, notes };
}
