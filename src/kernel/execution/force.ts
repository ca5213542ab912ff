import { Session } from 'node:inspector';
import type { Stop } from './stop.js';
import { endTicks } from './ticks.js';
import { isTraining, stopTraining } from './training.js';

/** How long a training's batch may go on after a stop, in milliseconds: it ends by itself, whole. */
const batchTime = 1000;
/** How long the loading of packages may: Node keeps a module that was cut in the middle, and never runs it again. */
const loadTime = 10_000;

/** By this name the watchdog's inspector session calls `force` in the midst of whatever runs. */
const forceSymbol = Symbol.for('roarbook.force');

const kernelFolder = new URL('..', import.meta.url).href;
/** Frames of this file and of the inspector's call, on top of what was interrupted. */
const ownFrames = 3;
let session: Session | undefined;
let uncuttable = 0;
let owed = false;
let forced = false;

/**
 * Runs kernel code that must not be cut in the middle: the writing or reading of a frame. Force that comes meanwhile
 * ends the user's code right after it.
 */
export function uncut(act: () => unknown): void {
  uncuttable++;
  try {
    act();
  } finally {
    uncuttable--;
    if (owed && uncuttable === 0) {
      owed = false;
      terminate();
    }
  }
}

/**
 * Lets the watchdog end the running JavaScript. It asks through the inspector, which calls `force` on this very thread
 * inside whatever loop runs: the decision and the deed are one, and nothing can end or begin between them.
 */
export function acceptForce(stop: Stop, loading: () => boolean): void {
  const force = (): void => {
    // Between its batches a training seldom lets the event loop turn.
    if (stop.pending) stopTraining();
    const files = filesBelow();
    const load = loading() || requiresPackage(files) ? loadTime : 0;
    const extra = isTraining() && files.some(isTrainers) ? batchTime : load;
    // Without user code on the stack the event loop will hear of the stop.
    if (!stop.needsForce(extra) || !files.some(isUsers)) return;
    if (uncuttable > 0) owed = true;
    else terminate();
  };
  Object.assign(globalThis, { [forceSymbol]: force });
}

/** Whether force was used since this was last asked. */
export function wasForced(): boolean {
  const used = forced;
  forced = false;
  return used;
}

/** Ends all JavaScript on the stack; neither `catch` nor `finally` see it. */
function terminate(): void {
  forced = true;
  endTicks();
  forgetAsyncIds();
  if (!session) {
    session = new Session();
    session.connect();
  }
  session.post('Runtime.terminateExecution');
}

/**
 * Node aborts when the ids of asynchronous work that it keeps on a stack are not taken off in order, as happens when
 * their JavaScript is ended. After an uncaught exception it drops them all, by this same function.
 */
function forgetAsyncIds(): void {
  const { noDeprecation } = process;
  process.noDeprecation = true;
  try {
    // Not in Node's public types: no other way leads to it.
    const { binding } = process as { binding?: (name: string) => { clearAsyncIdStack?: () => void } };
    binding?.('async_wrap').clearAsyncIdStack?.();
  } finally {
    process.noDeprecation = noDeprecation ?? false;
  }
}

/** The files whose code was interrupted, the innermost first: '' for evaluated code, none for V8's own functions. */
function filesBelow(): string[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = 200;
    let files: string[] = [];
    Error.prepareStackTrace = (_, frames) => {
      const scripts = frames.slice(ownFrames).filter((frame) => frame.getLineNumber() !== null);
      files = scripts.map((frame) => frame.getFileName() ?? '');
    };
    void new Error().stack;
    return files;
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** The files of tfjs that hold `model.fit`: its own package, or the one that joins all of tfjs in one file. */
function isTrainers(file: string): boolean {
  return /@tensorflow\/tfjs(-layers)?\//.test(file);
}

/** Whether the code of a package runs because it is being loaded by `require`. */
function requiresPackage(files: readonly string[]): boolean {
  const innermost = files.find(isUsers) ?? '';
  return (
    innermost.includes('/node_modules/') && files.some((file) => file.startsWith('node:internal/modules/'))
  );
}

function isUsers(file: string): boolean {
  return !file.startsWith('node:') && !file.startsWith(kernelFolder);
}
