/**
 * What a notebook kernel offers to the code that runs in its cells, found through a global symbol so that neither side
 * imports the other: any package may use it without depending on Roarbook.
 */
export interface Host {
  /** Shows a value; with an `id` that was shown before and `update`, changes it in place. */
  display(
    data: MimeBundle,
    options?: { metadata?: Record<string, unknown>; id?: string; update?: boolean },
  ): void;
  /** Aborts when the user stops the running cell. */
  readonly signal: AbortSignal;
  /** Removes the cell's output so far; with `wait` only when something new comes. */
  clear(wait?: boolean): void;
  /** Asks the user for a line of text. */
  input(prompt: string, options?: { password?: boolean }): Promise<string>;
  /** Opens a channel to the frontend, as `comm` in this package. */
  openComm(target: string, options?: CommData & { id?: string }): Comm;
  /** Calls `opened` when the frontend opens a channel of this name; undefined forgets the name. */
  onComm(target: string, opened: ((comm: Comm, message: CommData) => void) | undefined): void;
  /** Whether a frontend has opened a channel of this name, even one that nobody knew: then it can use it. */
  speaks?(target: string): boolean;
  /** How long the code of each cell ran that has ended, in the order of their ends. */
  cellTimes?(): readonly CellTime[];
}

/** How long the code of a cell ran. */
export interface CellTime {
  /** As in `[3]:`. */
  readonly cell: number;
  /** From its start to its end. */
  readonly seconds: number;
}

/** One value in several formats, by MIME type. Bytes (Uint8Array) travel as base64. */
export type MimeBundle = Record<string, unknown>;

/** What a comm message carries: JSON, and bytes beside it. */
export interface CommData {
  /** JSON, as the two ends of the channel agree on it. */
  data?: unknown;
  /** JSON about the message: a widget's protocol version. */
  metadata?: Record<string, unknown>;
  /** Bytes, which travel as they are. */
  buffers?: readonly Uint8Array[];
}

/** A channel between the kernel and a piece of the frontend. */
export interface Comm {
  /** The channel's name, the same at both ends. */
  readonly id: string;
  /** What the channel is for: the name that the other end registered code under. */
  readonly target: string;
  /** Sends a message to the frontend. */
  send(message: CommData): void;
  /** Ends the channel, with a last message to the frontend. */
  close(message?: CommData): void;
  /** Sets what is called with each message from the frontend. */
  onMessage(received: (message: CommData) => void): void;
  /** Sets what is called when the frontend ends the channel. */
  onClose(closed: (message: CommData) => void): void;
}

const key = Symbol.for('jupyter.host');

/** The kernel this code runs in, or undefined outside a notebook. */
export function host(): Host | undefined {
  return (globalThis as { [key]?: Host })[key];
}
