import type { MimeBundle } from '../../display/host.js';

/** What the execution process is told, as frames on its file descriptor 5. */
export type Command =
  | {
      t: 'run';
      run: number;
      count: number;
      js: string;
      map: string;
      types: string[];
      strict: boolean;
      stdin: boolean;
    }
  | { t: 'prefetch'; packages: string[] }
  | { t: 'interrupt'; n: number }
  | { t: 'input'; id: number; value?: string; error?: string }
  | { t: 'module'; id: number; js?: string; map?: string; error?: string }
  | ({ t: 'comm' } & CommMessage);

/** What it reports, as frames on its file descriptor 3, in the order in which things happened. */
export type Report =
  | { t: 'ready' }
  | { t: 'out'; name: 'stdout' | 'stderr' }
  | { t: 'display'; data: MimeBundle; metadata: Record<string, unknown>; id?: string; update?: boolean }
  | { t: 'clear'; wait: boolean }
  | { t: 'input'; id: number; prompt: string; password: boolean }
  | { t: 'module'; id: number; path: string }
  | ({ t: 'comm' } & CommMessage)
  | { t: 'commDone'; message: number }
  | { t: 'prefetched' }
  | { t: 'acknowledged'; n: number }
  | ({ t: 'done'; run: number; reached: number } & Outcome);

/** How a cell ended. */
export type Outcome =
  | { status: 'ok'; result?: MimeBundle; metadata?: Record<string, unknown> }
  | { status: 'error'; ename: string; evalue: string; traceback: string[] };

/** One message of a comm, in either direction; its buffers are the frame's parts. */
export interface CommMessage {
  kind: 'open' | 'msg' | 'close';
  comm: string;
  target?: string;
  data: unknown;
  metadata?: Record<string, unknown>;
  /** Number by which the kernel hears that a message from the client was handled. */
  message?: number;
}

/** File descriptors of the execution process beyond 0, 1, 2. */
export const reportsFd = 3;
export const watchdogFd = 4;
export const commandsFd = 5;

/** Words of the memory that the watchdog shares with the thread that runs cells. */
/** How often the user pressed Stop; the watchdog and the event loop each hear of it, in either order. */
export const raisedWord = 0;
/** How many of these the event loop has dealt with: while it is behind, a stop is on. */
export const handledWord = 1;
/** 1 while the running cell watches the signal: it gets a moment to end by itself. */
export const cooperativeWord = 2;
/** How often the thread that runs cells was asked to end them by force. */
export const askedWord = 3;
export const words = 4;

/** How long code that watches the signal, or a `model.fit`, has to end by itself after Stop, in milliseconds. */
export const grace = 250;

/** Written to file descriptors 1 and 2 when a cell ends: what came before it belongs to the cell. */
export function endMark(run: number): string {
  return `\u0000\u0001${run}\u0002`;
}
