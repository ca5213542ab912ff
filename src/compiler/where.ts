import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { ArgumentError } from '../errors.js';

const here = dirname(fileURLToPath(import.meta.url));
/** With source maps, stacks tell of the sources. */
const sources = join(here, '../../src', basename(here));
const isOwn = (frame: string): boolean => frame.includes(here) || frame.includes(sources);

/** What an error says beyond what must hold. */
export interface Circumstances {
  /** The scope of an operation that is about to open. */
  opening?: string;
  /** What the code called, where the stack does not tell: `Math.random`. */
  method?: string;
  /** Stands for operation and line, where the code that is at fault has returned: ` in the result …`. */
  place?: string | undefined;
  cause?: unknown;
}

/** Raises an error that names the tfjs operation which is being recorded, and the line of the caller's code. */
export function fail(contract: string, remedy: string, circumstances: Circumstances = {}): never {
  const { place = operationAndLine(circumstances), cause } = circumstances;
  throw new ArgumentError(`compile: ${contract}${place}; ${remedy}`, { cause });
}

function operationAndLine({ opening = '', method }: Circumstances): string {
  const found = caller();
  const name = method ?? found.method;
  return (inOperation(opening) || (name && ` in ${name}`)) + found.line;
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
export function caller(): { method: string; line: string } {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 200;
  const frames = new Error().stack?.split('\n').slice(1) ?? [];
  Error.stackTraceLimit = limit;
  const index = frames.findIndex(
    (frame) =>
      !/node_modules\/(@tensorflow|tslib)|\/tfjs-[\w-]+\/src\/|\(node:|at node:|<anonymous>\)?$/.test(
        frame,
      ) && !isOwn(frame),
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
  if (name === undefined || isOwn(frame)) return '';
  return `${['Tensor', 'Variable'].includes(kind) ? kind.toLowerCase() : 'tf'}.${name}`;
}
