import { askedWord, cooperativeWord, grace, handledWord, raisedWord } from './protocol.js';

/** Thrown in the user's code when the user presses Stop. */
export class KeyboardInterrupt extends Error {
  constructor() {
    super('the cell was stopped; variables keep their values');
    this.name = 'KeyboardInterrupt';
  }
}

/** How long `finally` blocks may take before loops and calls in them are stopped as well. */
const cleanupTime = 100;
/** How long code that was thrown into may take until it is ended by force. */
const patience = 200;
/** How long what began before a stop may go on after it, to tidy up: then loops and awaits end it, however it catches. */
const afterlife = 1000;

/** Whether and when the user pressed Stop, read from memory that another thread writes. */
export class Stop {
  /** The noticed Stop for which something was thrown, by its time. */
  private thrownAt = -1;
  /** When this thread first noticed which Stop. */
  private noticed = { moment: 0, at: 0 };
  /** When the watchdog first asked to end what runs by force, after which stop had been dealt with. */
  private asked = { handled: -1, at: 0 };

  /** When the event loop last dealt with a stop. */
  private clearedAt = -Infinity;

  /** The event loop has heard of the stop, and meets everybody once while it is on. */
  private heard = false;
  /** What runs had waited when the stop came, and tidies up. */
  private cleaning = false;

  constructor(private readonly shared: Int32Array) {}

  /** How often the user pressed Stop so far. */
  readonly moment = (): number => Atomics.load(this.shared, raisedWord);

  /**
   * Throws while a stop is on; called by every loop and function of the user's code.
   *
   * @param began - `moment` when the function that holds the loop was called.
   */
  readonly tick = (began?: number): void => {
    const moment = this.moment();
    if (moment !== Atomics.load(this.shared, handledWord)) this.interrupt();
    else if (began !== undefined && began !== moment && this.outlived()) throw new KeyboardInterrupt();
  };

  /**
   * After an `await`: throws if the user pressed Stop since it began.
   *
   * @param began - As for `tick`.
   * @param moment - `moment` before the `await`.
   */
  readonly resumed = <T>(began: number | undefined, moment: number, value: T): T => {
    const now = this.moment();
    if (this.heard) this.spare();
    if (moment !== now && !this.patient()) throw new KeyboardInterrupt();
    if (began !== undefined && began !== now && this.outlived()) throw new KeyboardInterrupt();
    return value;
  };

  /** Iterates over what a `for await` loop was given, and ends it when the user presses Stop. */
  readonly guard = async function* <T>(
    this: Stop,
    over: AsyncIterable<T> | Iterable<T | Promise<T>>,
  ): AsyncGenerator<Awaited<T>> {
    const moment = this.moment();
    for await (const value of over) yield this.resumed(undefined, moment, value);
    this.resumed(undefined, moment, undefined);
  }.bind(this);

  /** The event loop is free: from now on all callbacks are thrown into, but not what tidies up after an `await`. */
  hear(): void {
    this.heard = true;
  }

  /** The n-th stop is over: code that starts now is not meant. */
  clear(n: number): void {
    this.heard = false;
    this.clearedAt = performance.now();
    Atomics.store(this.shared, handledWord, n);
    Atomics.store(this.shared, raisedWord, Math.max(n, Atomics.load(this.shared, raisedWord)));
  }

  /** The user pressed Stop, and the event loop has not heard of it yet. */
  get pending(): boolean {
    return Atomics.load(this.shared, raisedWord) !== Atomics.load(this.shared, handledWord);
  }

  /**
   * Answers the watchdog, which asks every few milliseconds while a stop is on: whether what runs must be ended by
   * force. Code that never noticed the stop between two questions asks for none.
   *
   * @param extra - Milliseconds that what runs gets beyond the usual.
   */
  needsForce(extra = 0): boolean {
    Atomics.add(this.shared, askedWord, 1);
    if (!this.pending) return false;
    const now = performance.now();
    // A Stop that is said again is still the same one.
    const handled = Atomics.load(this.shared, handledWord);
    if (this.asked.handled !== handled) {
      this.asked = { handled, at: now };
      return false;
    }
    const start = (this.cooperative ? grace : 0) + extra;
    const noticed = this.noticed.moment === this.moment();
    return now - this.asked.at > start + (noticed ? patience : 0);
  }

  /** The running cell watches the signal: for a moment nothing is thrown into it. */
  get cooperative(): boolean {
    return Atomics.load(this.shared, cooperativeWord) !== 0;
  }

  set cooperative(value: boolean) {
    Atomics.store(this.shared, cooperativeWord, value ? 1 : 0);
  }

  private interrupt(): void {
    if (this.patient() || this.cleaning) return;
    if (this.heard) throw new KeyboardInterrupt();
    const first = this.noticed.at;
    const since = performance.now() - first;
    // The first one to notice is thrown into; after that `finally` blocks have their time.
    const start = this.cooperative ? grace : 0;
    if (this.thrownAt !== first) this.thrownAt = first;
    else if (since < start + cleanupTime) return;
    throw new KeyboardInterrupt();
  }

  /** Until what runs now waits again. */
  private spare(): void {
    this.cleaning = true;
    queueMicrotask(() => (this.cleaning = false));
  }

  /** What began before the last stop has had its time. */
  private outlived(): boolean {
    return performance.now() - this.clearedAt > afterlife;
  }

  private patient(): boolean {
    const moment = this.moment();
    if (this.noticed.moment !== moment) this.noticed = { moment, at: performance.now() };
    return this.cooperative && performance.now() - this.noticed.at < grace;
  }
}
