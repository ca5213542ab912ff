import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers';
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
    const asPromise = Object.getOwnPropertyDescriptor(original, promisify.custom);
    if (asPromise) Object.defineProperty(replacement, promisify.custom, asPromise);
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

/** As a global and as an export of node:timers. */
function replace(name: string, replacement: unknown): void {
  Object.assign(globalThis, { [name]: replacement });
  Object.assign(timers, { [name]: replacement });
}
