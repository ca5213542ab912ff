import type { CommMessage } from './execution/protocol.js';
import type { Executor } from './executor.js';
import type { Output } from './output.js';
import type { Content, Header, Request } from './wire.js';

/** Carries comm messages between the client and the execution process, and knows which channels are open. */
export class Comms {
  private readonly open = new Map<string, string>();
  private readonly waiting = new Map<number, () => void>();
  private received = 0;

  constructor(
    private readonly output: Output,
    private readonly executor: Executor,
  ) {}

  /** Resolves when the code that listens has handled the message. */
  receive({ header, content, metadata, buffers }: Request): Promise<void> {
    const comm = content['comm_id'];
    if (typeof comm !== 'string') return Promise.resolve();
    // The request's type was one of the three.
    const kind = header.msg_type.slice('comm_'.length) as CommMessage['kind'];
    const target = typeof content['target_name'] === 'string' ? content['target_name'] : '';
    if (kind === 'open') this.open.set(comm, target);
    if (kind === 'close') this.open.delete(comm);
    const message = ++this.received;
    this.executor.send(
      { t: 'comm', kind, comm, target, data: content['data'] ?? {}, metadata, message },
      buffers,
    );
    return new Promise((resolve) => this.waiting.set(message, resolve));
  }

  handled(message: number): void {
    this.waiting.get(message)?.();
    this.waiting.delete(message);
  }

  send(message: CommMessage, buffers: readonly Uint8Array[], parent: Header | Content): void {
    const { kind, comm, target = '', data, metadata = {} } = message;
    if (kind === 'open') this.open.set(comm, target);
    if (kind === 'close') this.open.delete(comm);
    const content = { comm_id: comm, data, ...(kind === 'open' && { target_name: target }) };
    this.output.publish({ type: `comm_${kind}`, parent, content, metadata, buffers });
  }

  list(target: string): Content {
    const entries = [...this.open].filter(([, name]) => target === '' || name === target);
    return Object.fromEntries(entries.map(([id, name]) => [id, { target_name: name }]));
  }

  /** The other end of every channel is gone. */
  reset(): void {
    for (const comm of this.open.keys())
      this.output.publish({ type: 'comm_close', parent: {}, content: { comm_id: comm, data: {} } });
    this.open.clear();
    for (const resolve of this.waiting.values()) resolve();
    this.waiting.clear();
  }
}
