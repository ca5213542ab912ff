import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor2D, Tensor4D, Variable } from '@tensorflow/tfjs-core/dist/tensor.js';
import type { Work, WorkOptions } from './works.js';

/** ResNet-18 as a user of stock tfjs writes it: tf.variable, tf.batchNorm on tf.moments, tf.train.momentum. */
export function stockWorks({ width, images, labels }: WorkOptions): Record<string, Work> {
  const network = resnet18(width);
  const targets = tf.oneHot(labels, 10).toFloat();
  const optimizer = tf.train.momentum(0.1, 0.9);
  const loss = (x: Tensor4D, training: boolean) =>
    tf.losses.softmaxCrossEntropy(targets, network.logits(x, training)) as Scalar;
  const norm = (x: Tensor) => tf.sqrt(tf.sum(tf.square(x), [1, 2, 3], true));
  return {
    train: {
      run: () => {
        const value = optimizer.minimize(() => loss(images, true), true, network.variables);
        value?.dataSync();
        value?.dispose();
      },
    },
    pgd: {
      run: () => {
        tf.tidy(() => {
          let x = images;
          for (let i = 0; i < 2; i++) {
            const gradient = tf.grad((x: Tensor) => loss(x as Tensor4D, false))(x);
            const moved = tf.add(x, tf.mul(tf.div(gradient, tf.maximum(norm(gradient), 1e-12)), 0.25));
            const offset = tf.sub(moved, images);
            const near = tf.add(images, tf.div(offset, tf.maximum(norm(offset), 1)));
            x = tf.clipByValue(near, 0, 1) as Tensor4D;
          }
          x.dataSync();
        });
      },
    },
  };
}

type Layer = (x: Tensor4D, training: boolean) => Tensor4D;

function resnet18(width: number) {
  const variables: Variable[] = [];
  const variable = (value: Tensor) => {
    const made = tf.variable(value);
    variables.push(made);
    return made;
  };
  const convolution = (inputs: number, outputs: number, kernel: number, stride: number): Layer => {
    const deviation = Math.sqrt(2 / (kernel * kernel * inputs));
    const filter = variable(tf.randomNormal([kernel, kernel, inputs, outputs], 0, deviation));
    return (x) => tf.conv2d(x, filter as Tensor as Tensor4D, stride, 'same');
  };
  const batchNorm = (size: number): Layer => {
    const [scale, offset] = [variable(tf.ones([size])), variable(tf.zeros([size]))];
    const running = { mean: tf.zeros([size]), variance: tf.ones([size]) };
    return (x, training) => {
      const { mean, variance } = training ? tf.moments(x, [0, 1, 2]) : running;
      return tf.batchNorm(
        x,
        mean as tf.Tensor1D,
        variance as tf.Tensor1D,
        offset as tf.Tensor1D,
        scale as tf.Tensor1D,
        1e-5,
      );
    };
  };
  const block = (inputs: number, outputs: number, stride: number): Layer => {
    const first = [convolution(inputs, outputs, 3, stride), batchNorm(outputs)];
    const second = [convolution(outputs, outputs, 3, 1), batchNorm(outputs)];
    const changes = stride !== 1 || inputs !== outputs;
    const shortcut = changes ? [convolution(inputs, outputs, 1, stride), batchNorm(outputs)] : [];
    return (x, training) => {
      const through = (layers: Layer[], x: Tensor4D) => layers.reduce((y, layer) => layer(y, training), x);
      const main = through(second, tf.relu(through(first, x)));
      return tf.relu(tf.add<Tensor4D>(main, through(shortcut, x)));
    };
  };
  const layers: Layer[] = [convolution(3, width, 3, 1), batchNorm(width), (x) => tf.relu(x)];
  let inputs = width;
  for (const [outputs, stride] of [
    [width, 1],
    [2 * width, 2],
    [4 * width, 2],
    [8 * width, 2],
  ] as const) {
    layers.push(block(inputs, outputs, stride), block(outputs, outputs, 1));
    inputs = outputs;
  }
  const [dense, bias] = [variable(tf.randomNormal([inputs, 10], 0, 0.05)), variable(tf.zeros([10]))];
  const logits = (x: Tensor4D, training: boolean) => {
    const features = layers.reduce((y, layer) => layer(y, training), x);
    return tf.add(tf.matMul(tf.mean(features, [1, 2]) as Tensor2D, dense as Tensor as Tensor2D), bias);
  };
  return { variables, logits };
}
