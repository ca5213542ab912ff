import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core/dist/tensor.js';
import { typeAttribute, type Attribute, type Binding, type NodeBackend, type Values } from './native.js';
import type { Recorder } from './recorder.js';
import { foreign } from './refusals.js';
import { fail } from './where.js';

/** Operations of tfjs that draw their numbers in JavaScript. */
const drawing = new Set(
  'rand randomGamma randomNormal randomStandardNormal randomUniform randomUniformInt truncatedNormal multinomial'
    .split(' ')
    .map((name) => `${name}__op`),
);

/**
 * Sends what tfjs asks of the backend to the recorder; the returned function undoes it.
 *
 * @param note - Takes every tensor that is made, and errors of promises that nobody may wait for.
 */
export function redirect(
  backend: NodeBackend,
  recorder: () => Recorder,
  note: { made(tensor: Tensor): void; failed(error: unknown): void },
): () => void {
  const { binding, move } = backend;
  const engine = tf.engine();
  const { startScope, trackTensor, disposeTensor } = engine;
  const own = new WeakSet<Tensor>();
  // The binding's properties cannot be written, so an object that inherits from it has another executeOp.
  const recording: Binding = Object.create(binding, {
    executeOp: {
      value: (op: string, attributes: readonly Attribute[], ids: number[]) =>
        recorder().execute(op, attributes, ids),
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
      getInputTensorIds: (tensors: Tensor[]) => tensors.map((tensor) => recorder().id(tensor)),
      readSync: (dataId: object) => recorder().known(dataId) ?? frozenValue(),
      read: (dataId: object) => knownLater(dataId),
      move: (...parameters: Parameters<NodeBackend['move']>) => {
        recorder().born(parameters[0]);
        Reflect.apply(move, backend, parameters);
      },
    }),
    override(engine, {
      trackTensor: (...parameters: Parameters<typeof trackTensor>) => {
        own.add(parameters[0]);
        note.made(parameters[0]);
        Reflect.apply(trackTensor, engine, parameters);
      },
      // A variable's assign comes here as well.
      disposeTensor: (tensor: Tensor) => {
        if (!own.has(tensor)) foreign(tensor);
        Reflect.apply(disposeTensor, engine, [tensor]);
      },
      startScope: (name?: string) => {
        // Before the scope opens: tfjs closes it only after that.
        if (name && drawing.has(name)) frozenRandom(name);
        Reflect.apply(startScope, engine, [name]);
      },
    }),
    override(Math, { random: () => frozenRandom() }),
    gatherUnchecked(),
  ];
  return () => {
    for (const restore of undo) restore();
  };
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

function frozenRandom(scope?: string): never {
  fail(
    'random numbers must not be drawn in JavaScript while the function is recorded, got a draw',
    'use randomUniform or randomNormal of roarbook/compiler, or hand them in through `inputs`',
    scope,
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
