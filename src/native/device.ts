import { readFileSync, readdirSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { threads } from '../compiler/processor.js';
import { loadNative } from './load.js';

const native = loadNative();

/** What computes. */
export interface Device {
  /** Where TensorFlow's operations run. */
  readonly kind: 'cpu' | 'gpu';
  /** 'CPU', or the GPU's name. */
  readonly name: string;
  /** The processor's model, whose instructions decide the last digits. */
  readonly processor: string;
  /** Threads that one operation may use on the CPU; other counts give other last digits. */
  readonly threads: number;
  /** TensorFlow's version. */
  readonly tensorflow: string;
}

/** The parts of `device()`, for programs. */
export function deviceInfo(): Device {
  const kind = native.usesGpu ? 'gpu' : 'cpu';
  const processor = cpus()[0]?.model.trim() ?? 'unknown';
  return {
    kind,
    name: native.usesGpu ? gpuName() : 'CPU',
    processor,
    threads: threads(),
    tensorflow: native.tensorflow,
  };
}

/** What computes, in words: 'CPU, 2 threads, TensorFlow 2.21.0', or the GPU's name in the first place. */
export function device(): string {
  const { kind, name, threads, tensorflow } = deviceInfo();
  return [name, ...(kind === 'cpu' ? [`${threads} threads`] : []), `TensorFlow ${tensorflow}`].join(', ');
}

/** The driver's name for the first GPU, as nvidia-smi prints it. */
function gpuName(): string {
  const folder = '/proc/driver/nvidia/gpus';
  try {
    for (const gpu of readdirSync(folder)) {
      const model = /^Model:\s*(.+)$/m.exec(readFileSync(path.join(folder, gpu, 'information'), 'utf8'))?.[1];
      if (model) return model;
    }
  } catch {
    // A container may hide the driver's folder.
  }
  return 'NVIDIA GPU';
}
