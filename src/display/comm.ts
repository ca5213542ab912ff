import { ArgumentError } from '../errors.js';
import { host, type Comm, type CommData } from './host.js';

/**
 * Opens a channel to the frontend's code that registered `target`.
 *
 * @throws {ArgumentError} Outside a notebook: there is no frontend.
 */
export function comm(target: string, message: CommData & { id?: string } = {}): Comm {
  const kernel = host();
  if (!kernel) throw new ArgumentError(`comm: needs a notebook's frontend, got a terminal for '${target}'`);
  return kernel.openComm(target, message);
}

/** Calls `opened` for each channel that the frontend opens under this name; does nothing outside a notebook. */
comm.on = (target: string, opened: (comm: Comm, message: CommData) => void): void =>
  host()?.onComm(target, opened);
/** Forgets a name. */
comm.off = (target: string): void => host()?.onComm(target, undefined);
