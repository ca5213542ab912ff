import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';

export const protocolVersion = '5.3';

export interface Header {
  readonly msg_id: string;
  readonly msg_type: string;
  readonly session: string;
  readonly username: string;
  readonly date: string;
  readonly version: string;
}

export type Content = Record<string, unknown>;

/** A message from a client. */
export interface Request {
  /** ZeroMQ's routing prefix, by which a reply finds its way back. */
  readonly route: readonly Buffer[];
  readonly header: Header;
  readonly parent: Content;
  readonly metadata: Content;
  readonly content: Content;
  readonly buffers: readonly Buffer[];
}

/** What the kernel sends. */
export interface Message {
  readonly type: string;
  readonly content: Content;
  /** Header of the request that this answers; empty where there is none. */
  readonly parent: Header | Content;
  readonly metadata?: Content;
  readonly buffers?: readonly Uint8Array[];
}

const delimiter = Buffer.from('<IDS|MSG>');

/** Signs and verifies messages with the connection's key; an empty key signs nothing. */
export class Wire {
  private readonly session = randomUUID();

  constructor(private readonly key: string) {}

  encode(
    { type, content, parent, metadata = {}, buffers = [] }: Message,
    route: readonly Buffer[],
  ): Uint8Array[] {
    const header: Header = {
      msg_id: randomUUID(),
      msg_type: type,
      session: this.session,
      username: 'kernel',
      date: new Date().toISOString(),
      version: protocolVersion,
    };
    const parts = [header, parent, metadata, content].map((part) => Buffer.from(JSON.stringify(part)));
    return [...route, delimiter, Buffer.from(this.signature(parts)), ...parts, ...buffers];
  }

  /** The message in these frames; undefined if it is malformed or its signature is wrong. */
  decode(frames: readonly Buffer[]): Request | undefined {
    const start = frames.findIndex((frame) => frame.equals(delimiter));
    const signature = frames[start + 1];
    const parts = frames.slice(start + 2, start + 6);
    if (start < 0 || !signature || parts.length < 4) return undefined;
    const expected = Buffer.from(this.signature(parts));
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) return undefined;
    try {
      const [header, parent, metadata, content] = parts.map((part) =>
        object(JSON.parse(part.toString('utf8'))),
      );
      if (!isHeader(header) || !parent || !metadata || !content) return undefined;
      return {
        route: frames.slice(0, start),
        header,
        parent,
        metadata,
        content,
        buffers: frames.slice(start + 6),
      };
    } catch {
      return undefined;
    }
  }

  private signature(parts: readonly Uint8Array[]): string {
    if (this.key === '') return '';
    const hmac = createHmac('sha256', this.key);
    for (const part of parts) hmac.update(part);
    return hmac.digest('hex');
  }
}

function object(value: unknown): Content | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Content)
    : undefined;
}

function isHeader(value: Content | undefined): value is Content & Header {
  return typeof value?.['msg_type'] === 'string' && typeof value['msg_id'] === 'string';
}
