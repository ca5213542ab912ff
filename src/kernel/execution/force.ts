import { Session } from 'node:inspector';
import type { Stop } from './stop.js';

/** By this name the watchdog's inspector session calls `force` in the midst of whatever runs. */
const forceSymbol = Symbol.for('roarbook.force');

const kernelFolder = new URL('..', import.meta.url).href;
/** Frames of this file and of the inspector's call, on top of what was interrupted. */
const ownFrames = 3;
/** How often the event loop may seem free, and yet not hear of the stop, until Node's own loops are ended. */
const freeAtMost = 5;

let session: Session | undefined;
let writing = 0;
let owed = false;

/**
 * Runs kernel code that must not be cut in the middle, such as the writing of a frame. Force that comes meanwhile ends
 * the user's code right after it.
 */
export function uncut(act: () => void): void {
  writing++;
  try {
    act();
  } finally {
    writing--;
    if (owed && writing === 0) {
      owed = false;
      terminate();
    }
  }
}

/**
 * Lets the watchdog end the running JavaScript. It asks through the inspector, which calls `force` on this very thread
 * inside whatever loop runs: the decision and the deed are one, and nothing can end or begin between them.
 */
export function acceptForce(stop: Stop): void {
  let free = 0;
  const force = (): void => {
    if (!stop.needsForce()) {
      free = 0;
      return;
    }
    const files = filesBelow();
    // Without user code on the stack the event loop will hear of the stop, unless Node is kept busy by tiny callbacks.
    if (!files.some(isUsers) && (files.some(isKernels) || ++free < freeAtMost)) return;
    free = 0;
    if (writing > 0) owed = true;
    else terminate();
  };
  Object.assign(globalThis, { [forceSymbol]: force });
}

/** Ends all JavaScript on the stack; neither `catch` nor `finally` see it. */
function terminate(): void {
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

/** The files whose code was interrupted, the innermost first; '' for code without a file. */
function filesBelow(): string[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = 200;
    let files: string[] = [];
    Error.prepareStackTrace = (_, frames) => {
      files = frames.slice(ownFrames).map((frame) => frame.getFileName() ?? '');
    };
    void new Error().stack;
    return files;
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function isKernels(file: string): boolean {
  return file.startsWith(kernelFolder);
}

function isUsers(file: string): boolean {
  return !file.startsWith('node:') && !isKernels(file);
}
