import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { askForOneDnn } from '../compiler/oneDnn.js';
import { restoreRemovedFunctions } from '../compiler/removedFunctions.js';
import { NativeError } from '../errors.js';

const require = createRequire(import.meta.url);

/** What Roarbook asks of tfjs's native backend beyond tfjs-core's interface. */
export interface Native {
  /** TensorFlow's version: '2.21.0'. */
  readonly tensorflow: string;
  readonly usesGpu: boolean;
}

/** The parts of '@tensorflow/tfjs-node-gpu' that are used here; its own types pull in all of tfjs. */
interface TfjsNode {
  backend(): {
    binding: { TF_Version: string; enableTensorFloat32?: (enabled: boolean) => void };
    isUsingGpuDevice: boolean;
  };
}

/**
 * Loads TensorFlow through tfjs's native binding and makes it tfjs's backend.
 *
 * @throws {NativeError} If the binding or a library is missing, or a GPU was asked for and cannot be used; the message
 *   lists the paths that were tried and the command that repairs them.
 */
export function loadNative(): Native {
  prepareEnvironment();
  restoreRemovedFunctions();
  let tfjs: TfjsNode;
  try {
    // The package's export is typed as all of tfjs; TfjsNode names the two members that are read.
    tfjs = require('@tensorflow/tfjs-node-gpu') as TfjsNode;
  } catch (error) {
    throw new NativeError(loadFailure(error), { cause: error });
  }
  const backend = tfjs.backend();
  // float32 means float32, on a GPU too; a compiled step may ask for 'tf32'.
  backend.binding.enableTensorFloat32?.(false);
  const native = { tensorflow: backend.binding.TF_Version, usesGpu: backend.isUsingGpuDevice };
  if (!native.usesGpu && wantsGpu()) {
    throw new NativeError(
      `roarbook: a GPU was asked for or found at the set-up, but ${gpuFailure()}; ROARBOOK_DEVICE=cpu computes on the CPU`,
    );
  }
  return native;
}

/** Settings that TensorFlow reads once, when its library is loaded; the user's own values stay. */
function prepareEnvironment(): void {
  const settings: Record<string, string> = {
    // Warnings and information about the processor are of no use to a reader of notebooks.
    TF_CPP_MIN_LOG_LEVEL: '2',
    // Same bytes from the same seed.
    TF_DETERMINISTIC_OPS: '1',
    // Two notebooks share a GPU.
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    // Kernels compiled for a GPU at its first use are kept.
    CUDA_CACHE_MAXSIZE: '4294967296',
  };
  askForOneDnn();
  for (const [name, value] of Object.entries(settings)) process.env[name] ??= value;
  if (process.env.ROARBOOK_DEVICE === 'cpu') process.env.CUDA_VISIBLE_DEVICES = '-1';
}

/** Whether a run on the CPU would be a surprise: a GPU is asked for, or the set-up compiled the binding for one. */
function wantsGpu(): boolean {
  const asked = process.env.ROARBOOK_DEVICE;
  if (asked) return asked === 'gpu';
  return triedPaths().some((tried) => tried.includes(`${path.sep}tensorflow-gpu-`));
}

/** What NVIDIA's driver shows of itself; the last is Windows' own, in WSL2. */
const driverPaths = ['/proc/driver/nvidia/version', '/dev/nvidia0', '/dev/dxg'];

function gpuFailure(): string {
  if (!driverPaths.some((file) => existsSync(file)))
    return "no NVIDIA driver is loaded here (a container gets the host's by `docker run --gpus all`)";
  return 'TensorFlow cannot use it; TF_CPP_MIN_LOG_LEVEL=0 shows its reason, `ROARBOOK_DEVICE=gpu npx roarbook setup` fetches the GPU build';
}

function loadFailure(error: unknown): string {
  const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  return [
    `roarbook: TensorFlow cannot be loaded: ${reason}`,
    'Tried:',
    ...triedPaths().map((tried) => `  ${tried}${existsSync(tried) ? '' : ' (missing)'}`),
    'To repair it, run: npx roarbook setup',
  ].join('\n');
}

/** The binding's two files, and the TensorFlow folders that it may have been compiled against. */
function triedPaths(): string[] {
  let packageFolder: string;
  try {
    packageFolder = path.dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json'));
  } catch {
    return [path.join('node_modules', '@tensorflow', 'tfjs-node-gpu')];
  }
  const folder = path.join(packageFolder, 'lib', 'napi-v8');
  const [loader, binding] = [path.join(folder, 'tfjs_binding.node'), path.join(folder, 'tfjs_tensorflow.so')];
  return [loader, binding, ...runPaths(binding).map((found) => path.join(found, 'libtensorflow_cc.so.2'))];
}

/** The TensorFlow folders named in the binding's run path. */
function runPaths(binding: string): string[] {
  if (!existsSync(binding)) return [];
  const names = readFileSync(binding, 'latin1').match(/\/[^\0:]*\/tensorflow(?=[\0:])/g) ?? [];
  return [...new Set(names)];
}
