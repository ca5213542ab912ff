import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError } from '../errors.js';
import { normalisingAtOnce, type RunKernel } from './batchStatistics.js';
import { typeAttribute, type Attribute, type Binding, type NodeBackend, type Values } from './native.js';
import type { Recorder } from './recorder.js';
import { dead, foreign, given, optimized, setsBackend } from './refusals.js';
import { takeReluGradientsAtOnce } from './reluGradient.js';
import { fail, type Circumstances } from './where.js';

/** Operations of tfjs that draw their numbers in JavaScript. */
const drawing = new Set(
  'rand randomGamma randomNormal randomStandardNormal randomUniform randomUniformInt truncatedNormal multinomial'
    .split(' ')
    .map((name) => `${name}__op`),
);

/** What a recording is told of. */
export interface Note {
  /** A tensor was made. */
  made(tensor: Tensor): void;
  /** Something was refused: the function may catch the error, or nobody may wait for the promise that it rejects. */
  failed(error: unknown): void;
  /** Whether a tensor stands for a state or an input. */
  isGiven(tensor: Tensor): boolean;
}

/** Sends what tfjs asks of the backend to the recorder; the returned function undoes it. */
export function redirect(backend: NodeBackend, recorder: () => Recorder, note: Note): () => void {
  const { binding, move } = backend;
  const engine = tf.engine();
  const { runKernel, startScope, trackTensor, disposeTensor } = engine;
  const noting = <P extends unknown[], R>(hook: (...parameters: P) => R) => notingWith(note, hook);
  // The binding's properties cannot be written, so an object that inherits from it has another executeOp.
  const recording: Binding = Object.create(binding, {
    executeOp: {
      value: noting((op: string, attributes: readonly Attribute[], ids: number[]) =>
        recorder().execute(op, attributes, ids),
      ),
    },
  });
  const knownLater = (dataId: object): Promise<Values> => {
    try {
      return Promise.resolve(recorder().known(dataId) ?? frozenValue());
    } catch (error) {
      // The recording raises it; a rejection that nobody handles would end the process.
      note.failed(error);
      return new Promise(() => {});
    }
  };
  const undo = [
    override(backend, {
      binding: recording,
      getInputTensorIds: noting((tensors: Tensor[]) => tensors.map((tensor) => recorder().id(tensor))),
      readSync: noting((dataId: object) => recorder().known(dataId) ?? frozenValue()),
      read: (dataId: object) => knownLater(dataId),
      move: (...parameters: Parameters<NodeBackend['move']>) => {
        recorder().born(parameters[0]);
        Reflect.apply(move, backend, parameters);
      },
    }),
    override<{ runKernel: RunKernel }>(engine, {
      runKernel: normalisingAtOnce(runKernel.bind(engine), { binding, recorder }),
    }),
    override(engine, {
      trackTensor: (...parameters: Parameters<typeof trackTensor>) => {
        recorder().track(parameters[0]);
        note.made(parameters[0]);
        Reflect.apply(trackTensor, engine, parameters);
      },
      // A variable's assign comes here as well.
      disposeTensor: noting((tensor: Tensor) => {
        if (note.isGiven(tensor)) given(tensor);
        if (!recorder().owns(tensor)) foreign(tensor);
        Reflect.apply(disposeTensor, engine, [tensor]);
      }),
      startScope: noting((name?: string) => {
        // Before the scope opens: tfjs closes it only after that.
        if (name && drawing.has(name)) frozenRandom({ opening: name });
        Reflect.apply(startScope, engine, [name]);
      }),
      setBackend: noting(setsBackend),
    }),
    override(tf.Optimizer.prototype, { minimize: noting(optimized), applyGradients: noting(optimized) }),
    override(tf.Tensor.prototype, {
      throwIfDisposed: noting(function (this: Tensor) {
        if (this.isDisposed) dead(this, { own: recorder().owns(this) });
      }),
    }),
    override(Math, { random: noting(() => frozenRandom({ method: 'Math.random' })) }),
    override(globalThis, { Date: dateOfThePast(noting) }),
    gatherUnchecked(),
    takeReluGradientsAtOnce(),
  ];
  return () => {
    for (const restore of undo) restore();
  };
}

/** A hook that notes what it refuses. What TensorFlow itself refuses has a cause: the function may catch it, as it may eagerly. */
function notingWith<P extends unknown[], R>(
  note: Note,
  hook: (...parameters: P) => R,
): (...parameters: P) => R {
  return function (this: unknown, ...parameters) {
    try {
      return Reflect.apply(hook, this, parameters) as R;
    } catch (error) {
      if (error instanceof ArgumentError && error.cause === undefined) note.failed(error);
      throw error;
    }
  };
}

/** JavaScript's dates, of which the present one is refused. */
function dateOfThePast(noting: <R>(hook: () => R) => () => R): DateConstructor {
  const now = noting(() => frozenTime());
  return new Proxy(Date, {
    get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
    construct: (target, parameters, type) =>
      parameters.length > 0 ? (Reflect.construct(target, parameters, type) as Date) : now(),
  });
}

/** Gives an object other properties; the returned function gives it back its own. */
function override<T extends object>(target: T, properties: Partial<T>): () => void {
  const own = Object.keys(properties).map(
    (key) => [key, Object.getOwnPropertyDescriptor(target, key)] as const,
  );
  for (const [key, value] of Object.entries(properties))
    Object.defineProperty(target, key, { value, configurable: true, writable: true });
  return () => {
    for (const [key, descriptor] of own) {
      if (descriptor) Object.defineProperty(target, key, descriptor);
      else Reflect.deleteProperty(target, key);
    }
  };
}

function frozenValue(): never {
  fail(
    "a tensor's values must not be read while the function is recorded, got a read",
    'return the tensor as an output and read it after the call; for a branch use tf.where',
  );
}

function frozenRandom(where: Circumstances): never {
  fail(
    'random numbers must not be drawn in JavaScript while the function is recorded, got a draw',
    'use randomUniform or randomNormal of roarbook/compiler, or hand them in through `inputs`',
    where,
  );
}

function frozenTime(): never {
  fail(
    'the time must not be read while the function is recorded, got a read',
    'hand it in through `inputs`',
    { method: 'Date' },
  );
}

/** tfjs-node's gather reads its indices to check them; TensorFlow checks them again, when there are values. */
function gatherUnchecked(): () => void {
  const stock = tf.getKernel('GatherV2', 'tensorflow');
  const replace = (config: tf.KernelConfig) => {
    tf.unregisterKernel('GatherV2', 'tensorflow');
    tf.registerKernel(config);
  };
  replace({
    ...stock,
    kernelFunc: ({ inputs, attrs, backend }) => {
      // The kernel's declared types are those of every kernel; GatherV2 has these.
      const { x, indices } = inputs as { x: Tensor; indices: Tensor };
      const { axis, batchDims } = attrs as { axis: number; batchDims: number };
      const node = backend as NodeBackend;
      tf.backend_util.segment_util.collectGatherOpShapeInfo(x, indices, axis, batchDims);
      const axisTensor = tf.scalar(axis, 'int32');
      const attributes = [
        { name: 'batch_dims', type: 1, value: batchDims },
        typeAttribute('Tparams', node.tensorMap.get(x.dataId).dtype),
        typeAttribute('Tindices', node.tensorMap.get(indices.dataId).dtype),
        typeAttribute('Taxis', 3),
      ];
      const [result] = node.executeMultipleOutputs('GatherV2', attributes, [x, indices, axisTensor], 1);
      axisTensor.dispose();
      return result ?? [];
    },
  });
  return () => replace(stock);
}
