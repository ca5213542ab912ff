import { interruptsWord, stopWord } from './protocol.js';

/** Thrown in the user's code when the user presses Stop. */
export class KeyboardInterrupt extends Error {
  constructor() {
    super('the cell was stopped; variables keep their values');
    this.name = 'KeyboardInterrupt';
  }
}

/** How long `finally` blocks may take before loops and calls in them are stopped as well. */
const cleanupTime = 100;

/** Whether and when the user pressed Stop, read from memory that another thread writes. */
export class Stop {
  private thrown = -Infinity;

  constructor(private readonly shared: Int32Array) {}

  /** How often the user pressed Stop so far. */
  readonly moment = (): number => Atomics.load(this.shared, interruptsWord);

  /** Throws while a stop is on; called by every loop and function of the user's code. */
  readonly tick = (): void => {
    if (Atomics.load(this.shared, stopWord) !== 0) this.interrupt();
  };

  /** After an `await`: throws if the user pressed Stop since `moment`. */
  readonly resumed = <T>(moment: number, value: T): T => {
    if (Atomics.load(this.shared, interruptsWord) !== moment) throw new KeyboardInterrupt();
    return value;
  };

  /** Iterates over what a `for await` loop was given, and ends it when the user presses Stop. */
  readonly guard = async function* <T>(
    this: Stop,
    over: AsyncIterable<T> | Iterable<T | Promise<T>>,
  ): AsyncGenerator<Awaited<T>> {
    const moment = this.moment();
    for await (const value of over) yield this.resumed(moment, value);
    this.resumed(moment, undefined);
  }.bind(this);

  /** The stop reached the event loop: code that starts now is not meant. */
  clear(): void {
    Atomics.store(this.shared, stopWord, 0);
    this.thrown = -Infinity;
  }

  private interrupt(): void {
    const now = performance.now();
    if (this.thrown === -Infinity) this.thrown = now;
    else if (now - this.thrown < cleanupTime) return;
    throw new KeyboardInterrupt();
  }
}
