import { promisify } from 'node:util';
import vm from 'node:vm';

/** The running callback; the script below calls it. */
const slot = Symbol.for('roarbook.timer');
const globals = globalThis as Record<symbol, unknown>;

/**
 * Ending JavaScript inside a bare timer callback aborts Node. Inside a script with `breakOnSigint` it is an exception.
 */
const script = new vm.Script(`globalThis[Symbol.for('roarbook.timer')]()`, {
  filename: 'node:roarbook-timer',
});

const open = new Set<NodeJS.Timeout | NodeJS.Immediate>();

/** The timers that cells, or packages that they use, have set and that have not ended. */
export function openTimers(): readonly (NodeJS.Timeout | NodeJS.Immediate)[] {
  return [...open];
}

/** Clears timers, those that have ended too. */
export function clearTimers(timers: readonly (NodeJS.Timeout | NodeJS.Immediate)[]): void {
  for (const timer of timers) {
    if ('_onImmediate' in timer) clearImmediate(timer as NodeJS.Immediate);
    else clearTimeout(timer as NodeJS.Timeout);
    open.delete(timer);
  }
}

/** Told when SIGINT ended a callback. */
let signalArrived = (): void => undefined;

type Callback = (...args: unknown[]) => void;

function guarded(callback: Callback, args: unknown[]): void {
  const outer = globals[slot];
  globals[slot] = () => callback(...args);
  try {
    script.runInThisContext({ breakOnSigint: true, displayErrors: false });
  } catch (error) {
    // The stop itself is reported where the cell ends.
    if ((error as { code?: unknown } | null)?.code !== 'ERR_SCRIPT_EXECUTION_INTERRUPTED') throw error;
    signalArrived();
  } finally {
    globals[slot] = outer;
  }
}

/** Replaces the global timer functions by ones whose callbacks can be stopped, and whose timers are known. */
export function replaceTimers(arrived: () => void): void {
  signalArrived = arrived;
  const wrap = (name: 'setTimeout' | 'setInterval' | 'setImmediate', once: boolean, delayed: boolean) => {
    const original = globalThis[name] as (callback: Callback, ...args: unknown[]) => NodeJS.Timeout;
    const replacement = (callback: unknown, ...rest: unknown[]) => {
      if (typeof callback !== 'function') return original(callback as Callback, ...rest);
      const args = delayed ? rest.slice(1) : rest;
      const timer = original(
        () => {
          if (once) open.delete(timer);
          guarded(callback as Callback, args);
        },
        ...(delayed ? [rest[0]] : []),
      );
      open.add(timer);
      return timer;
    };
    const asPromise = Object.getOwnPropertyDescriptor(original, promisify.custom);
    if (asPromise) Object.defineProperty(replacement, promisify.custom, asPromise);
    Object.defineProperty(replacement, 'name', { value: name });
    Object.assign(globalThis, { [name]: replacement });
  };
  wrap('setTimeout', true, true);
  wrap('setInterval', false, true);
  wrap('setImmediate', true, false);
  for (const name of ['clearTimeout', 'clearInterval', 'clearImmediate'] as const) {
    const original = globalThis[name] as (timer: unknown) => void;
    Object.assign(globalThis, {
      [name]: (timer: unknown) => {
        open.delete(timer as NodeJS.Timeout);
        original(timer);
      },
    });
  }
}
