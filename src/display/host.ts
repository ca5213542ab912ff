/**
 * What a notebook kernel offers to the code that runs in its cells, found through a global symbol so that neither side
 * imports the other.
 */
export interface Host {
  /** Shows a value; with an `id` that was shown before and `update`, changes it in place. */
  display(
    data: MimeBundle,
    options?: { metadata?: Record<string, unknown>; id?: string; update?: boolean },
  ): void;
  /** Aborts when the user stops the running cell. */
  readonly signal: AbortSignal;
}

/** One value in several formats, by MIME type. */
export type MimeBundle = Record<string, unknown>;

const key = Symbol.for('jupyter.host');

/** The kernel this code runs in, or undefined outside a notebook. */
export function host(): Host | undefined {
  return (globalThis as { [key]?: Host })[key];
}
