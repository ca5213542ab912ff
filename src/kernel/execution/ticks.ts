/** One callback that `process.nextTick` was given. */
interface Tick {
  /** Force ended it. */
  ended: boolean;
  /** The callback during which it was asked for. */
  parent: Tick | undefined;
}

let running: Tick | undefined;

/** What the running callback has asked for is not run: a chain of them would keep the event loop from ever turning. */
export function endTicks(): void {
  if (running) running.ended = true;
  running = undefined;
}

/** Replaces `process.nextTick` by one whose chains can be ended. */
export function replaceNextTick(): void {
  const nextTick = process.nextTick.bind(process);
  process.nextTick = (callback: unknown, ...args: unknown[]) => {
    // Node throws for it, as it does without us.
    if (typeof callback !== 'function') return nextTick(callback as () => void);
    const tick: Tick = { ended: false, parent: running };
    nextTick(() => {
      tick.ended = tick.parent?.ended === true;
      tick.parent = undefined;
      if (tick.ended) return;
      running = tick;
      try {
        Reflect.apply(callback, undefined, args);
      } finally {
        running = undefined;
      }
    });
  };
}
