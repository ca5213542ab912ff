import type { Publisher } from 'zeromq';
import type { Header, Message, Wire } from './wire.js';

/** Messages that ZeroMQ holds for a slow client. */
const highWaterMark = 32;
/** Above this many bytes that wait here the cell's output is not read any more, until half of it is sent. */
const capacity = 8 << 20;
/** Longest text of one stream message, in UTF-16 units. */
const longestText = 1 << 16;

/** Milliseconds for which printed text waits for more, unless it is the first for a while. */
const joinTime = 10;

interface Waiting {
  message: Message;
  size: number;
  /** Set for stream text: more of the same may join it. */
  text?: { name: string; parts: string[] };
}

/**
 * The queue in front of iopub. Nothing is dropped: when a client does not keep up, the queue fills to `capacity`, then
 * whoever writes waits. So a stalled client costs at most 8 MiB here and 32 messages of 64 Ki characters in ZeroMQ (a
 * single larger display counts as one).
 */
export class Output {
  private readonly queue: Waiting[] = [];
  private size = 0;
  private pumping = false;
  private readonly sources = new Set<{ pause(): unknown; resume(): unknown }>();
  private paused = false;
  /** The sources may write although the queue is full. */
  private released = false;
  private idle: (() => void)[] = [];
  private wake: (() => void) | undefined;
  /** When text was last sent; it outlives the pump, which ends whenever a client keeps up. */
  private lastText = -Infinity;

  constructor(
    private readonly publisher: Publisher,
    private readonly wire: Wire,
  ) {
    publisher.sendHighWaterMark = highWaterMark;
    publisher.noDrop = true;
  }

  /** Adds a stream that is paused while the queue is full. */
  addSource(source: { pause(): unknown; resume(): unknown }): () => void {
    this.sources.add(source);
    if (this.paused) source.pause();
    return () => this.sources.delete(source);
  }

  /**
   * While a Stop is on, what was begun to be written is read even if a client stalls: the cell can only end after it.
   */
  release(released: boolean): void {
    this.released = released;
    this.throttle();
  }

  publish(message: Message): void {
    const size = 512 + JSON.stringify(message.content).length;
    this.add({ message, size });
  }

  /** Adds printed text; what follows on the same stream joins the same message while it waits. */
  stream(parent: Header | Record<string, unknown>, name: string, text: string): void {
    const last = this.queue.at(-1);
    if (
      last?.text?.name === name &&
      last.message.parent === parent &&
      last.size + text.length <= longestText
    ) {
      last.text.parts.push(text);
      last.size += text.length;
      this.size += text.length;
      return this.throttle();
    }
    for (let at = 0; at < text.length; at += longestText) {
      const piece = text.slice(at, at + longestText);
      const message: Message = { type: 'stream', parent, content: { name, text: '' } };
      this.add({ message, size: piece.length, text: { name, parts: [piece] } });
    }
  }

  /** Resolves when all that was published so far has been handed to ZeroMQ. */
  flushed(): Promise<void> {
    if (!this.pumping) return Promise.resolve();
    return new Promise((resolve) => this.idle.push(resolve));
  }

  private add(waiting: Waiting): void {
    this.queue.push(waiting);
    if (this.queue.length > 1) this.wake?.();
    this.size += waiting.size;
    this.throttle();
    if (!this.pumping) void this.pump();
  }

  private throttle(): void {
    const full = this.size > capacity && !this.released;
    const drained = this.size < capacity / 2 || this.released;
    if (full && !this.paused) {
      this.paused = true;
      for (const source of this.sources) source.pause();
    } else if (drained && this.paused) {
      this.paused = false;
      for (const source of this.sources) source.resume();
    }
  }

  private async pump(): Promise<void> {
    this.pumping = true;
    // Text printed in one go should travel in one message: let what is there already join.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.queue[0]) {
      if (this.queue[0].text && performance.now() - this.lastText < joinTime) await this.joined();
      const next = this.queue.shift();
      if (!next) break;
      if (next.text) this.lastText = performance.now();
      this.size -= next.size;
      const { message, text } = next;
      const content = text ? { name: text.name, text: text.parts.join('') } : message.content;
      await this.send(this.wire.encode({ ...message, content }, [Buffer.from(message.type)]));
      this.throttle();
    }
    this.pumping = false;
    for (const resolve of this.idle.splice(0)) resolve();
  }

  /** Waits while only one text is there that more may join. */
  private async joined(): Promise<void> {
    const first = this.queue[0];
    if (this.queue.length > 1 || !first || first.size > longestText / 2) return;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      setTimeout(resolve, joinTime);
    });
    this.wake = undefined;
  }

  /** ZeroMQ refuses a message while a subscriber's queue is full: try again until there is room. */
  private async send(frames: Uint8Array[]): Promise<void> {
    for (let wait = 1; ; wait = Math.min(2 * wait, 16)) {
      try {
        return await this.publisher.send(frames);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }
}
