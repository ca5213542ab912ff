import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { ArgumentError } from '../errors.js';

const here = dirname(fileURLToPath(import.meta.url));

/** Raises an error that names the tfjs operation which is being recorded, and the line of the caller's code. */
export function fail(contract: string, remedy: string, opening = ''): never {
  const { method, line } = caller();
  const place = inOperation(opening) || (method && ` in ${method}`);
  throw new ArgumentError(`compile: ${contract}${place}${line}; ${remedy}`);
}

/** ` in tf.conv2d`: the outermost tfjs operation that is open, or about to open. */
function inOperation(opening: string): string {
  const scopes = [...tf.engine().state.scopeStack.map(({ name }) => name), opening];
  const name = scopes.find((scope) => scope.endsWith('__op'));
  return name ? ` in tf.${name.slice(0, -'__op'.length)}` : '';
}

/**
 * ` at file.ts:12`, the innermost line that is neither tfjs's nor the compiler's, and the method of a tensor that it calls, such
 * as `tensor.dataSync`.
 */
function caller(): { method: string; line: string } {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 200;
  const frames = new Error().stack?.split('\n').slice(1) ?? [];
  Error.stackTraceLimit = limit;
  const index = frames.findIndex(
    (frame) =>
      !/node_modules\/(@tensorflow|tslib)|\/tfjs-[\w-]+\/src\/|\(node:|at node:|<anonymous>\)?$/.test(
        frame,
      ) && !frame.includes(here),
  );
  const own = frames[index];
  // `at Tensor.Tensor.dataSync (…` or `at Module.print (…`
  const method = methodOf(frames[index - 1] ?? '');
  const place = own && /(?:\(|at )(?:async )?(?:file:\/\/)?([^()]+:\d+):\d+\)?$/.exec(own)?.[1];
  return { method, line: place ? ` at ${place}` : '' };
}

/** `tensor.dataSync` of `at Tensor.Tensor.dataSync (…`, `tf.print` of `at Module.print (…`; nothing of the compiler's own. */
function methodOf(frame: string): string {
  const [, kind = '', name] = /at (?:async )?(\w+)\.(?:\w+\.)*(\w+?)_? \(/.exec(frame) ?? [];
  if (name === undefined) return '';
  if (kind === 'Math') return `Math.${name}`;
  if (frame.includes(here)) return '';
  return `${['Tensor', 'Variable'].includes(kind) ? kind.toLowerCase() : 'tf'}.${name}`;
}
