import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers';
import sleeping from 'node:timers/promises';
import { promisify } from 'node:util';

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

type Callback = (...args: unknown[]) => void;

/** Replaces the global timer functions by ones whose timers are known. */
export function replaceTimers(): void {
  const wrap = (name: 'setTimeout' | 'setInterval' | 'setImmediate', once: boolean, delayed: boolean) => {
    const original = globalThis[name] as (callback: Callback, ...args: unknown[]) => NodeJS.Timeout;
    const replacement = (callback: unknown, ...rest: unknown[]) => {
      if (typeof callback !== 'function') return original(callback as Callback, ...rest);
      const args = delayed ? rest.slice(1) : rest;
      const timer = original(
        () => {
          if (once) open.delete(timer);
          (callback as Callback).apply(timer, args);
        },
        ...(delayed ? [rest[0]] : []),
      );
      open.add(timer);
      return timer;
    };
    if (once) Object.defineProperty(replacement, promisify.custom, { value: wrapPromise(name, replacement) });
    Object.defineProperty(replacement, 'name', { value: name });
    replace(name, replacement);
  };
  wrap('setTimeout', true, true);
  wrap('setInterval', false, true);
  wrap('setImmediate', true, false);
  for (const name of ['clearTimeout', 'clearInterval', 'clearImmediate'] as const) {
    const original = globalThis[name] as (timer: unknown) => void;
    replace(name, (timer: unknown) => {
      open.delete(timer as NodeJS.Timeout);
      original(timer);
    });
  }
  syncBuiltinESMExports();
}

/**
 * Replaces a function of node:timers/promises by one that waits for a known timer: once that is cleared its promise stays
 * open, and a package that sleeps again and again sleeps on. Who passes an AbortSignal ends the wait himself.
 */
function wrapPromise(
  name: 'setTimeout' | 'setInterval' | 'setImmediate',
  timer: (callback: unknown, ...rest: unknown[]) => unknown,
) {
  const original = (sleeping as Record<string, unknown>)[name] as (...args: unknown[]) => Promise<unknown>;
  const replacement = (...args: unknown[]) => {
    const [value, options] = name === 'setTimeout' ? args.slice(1) : args;
    if (options !== undefined) return original(...args);
    return new Promise((resolve) => timer(() => resolve(value), args[0]));
  };
  Object.assign(sleeping, { [name]: replacement });
  return replacement;
}

/** As a global and as an export of node:timers. */
function replace(name: string, replacement: unknown): void {
  Object.assign(globalThis, { [name]: replacement });
  Object.assign(timers, { [name]: replacement });
}
