import { readFileSync } from 'node:fs';
import { ArgumentError } from '../errors.js';

/** Where the kernel listens and how messages are signed, as the client wrote it into the connection file. */
export interface Connection {
  readonly transport: 'tcp' | 'ipc';
  readonly ip: string;
  readonly key: string;
  readonly ports: Readonly<Record<Channel, number>>;
}

export type Channel = 'shell' | 'iopub' | 'stdin' | 'control' | 'hb';

const channels: readonly Channel[] = ['shell', 'iopub', 'stdin', 'control', 'hb'];

/**
 * Reads a connection file.
 *
 * @throws {ArgumentError} If it cannot be read or lacks what the kernel needs.
 */
export function readConnection(path: string): Connection {
  let file: unknown;
  try {
    file = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new ArgumentError(`readConnection: ${path} must be a Jupyter connection file in JSON`, { cause });
  }
  const fields = (typeof file === 'object' && file !== null ? file : {}) as Record<string, unknown>;
  const { transport = 'tcp', ip = '127.0.0.1', key = '', signature_scheme: scheme = 'hmac-sha256' } = fields;
  if (transport !== 'tcp' && transport !== 'ipc')
    throw new ArgumentError(`readConnection: transport must be tcp or ipc, got ${String(transport)}`);
  if (scheme !== 'hmac-sha256')
    throw new ArgumentError(`readConnection: signature_scheme must be hmac-sha256, got ${String(scheme)}`);
  if (typeof ip !== 'string' || typeof key !== 'string')
    throw new ArgumentError(`readConnection: ip and key must be strings in ${path}`);
  const ports = Object.fromEntries(channels.map((channel) => [channel, port(fields, channel)]));
  // Every channel was just filled in.
  return { transport, ip, key, ports: ports as Record<Channel, number> };
}

function port(fields: Record<string, unknown>, channel: Channel): number {
  const value = fields[`${channel}_port`];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > 65535)
    throw new ArgumentError(`readConnection: ${channel}_port must be a port, got ${String(value)}`);
  return value;
}

/** Address of a channel: `tcp://127.0.0.1:5001`, or `ipc://file-1`. */
export function address({ transport, ip, ports }: Connection, channel: Channel): string {
  return `${transport}://${ip}${transport === 'tcp' ? ':' : '-'}${ports[channel]}`;
}
