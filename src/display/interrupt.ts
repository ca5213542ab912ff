import { host } from './host.js';

let terminal: AbortController | undefined;

/**
 * The signal that long computations watch: it aborts when the user stops the cell, or on the first Ctrl-C in a terminal
 * (the second one ends the process, as usual).
 */
export function interruptSignal(): AbortSignal {
  const kernel = host();
  if (kernel) return kernel.signal;
  if (!terminal || terminal.signal.aborted) {
    const controller = new AbortController();
    terminal = controller;
    process.once('SIGINT', () => controller.abort());
  }
  return terminal.signal;
}
