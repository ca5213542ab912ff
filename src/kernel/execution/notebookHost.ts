import { randomUUID } from 'node:crypto';
import { encodeBundle } from '../../display/format.js';
import type { CellTime, Comm, CommData, Host, MimeBundle } from '../../display/host.js';
import type { CommMessage } from './protocol.js';
import { report } from './reports.js';
import type { Stop } from './stop.js';

type Opened = (comm: Comm, message: CommData) => void;
type Received = (message: CommData) => void;

interface OpenComm {
  readonly comm: Comm;
  received?: Received;
  closed?: Received;
}

interface Question {
  resolve(answer: string): void;
  reject(error: Error): void;
}

/** The kernel as the code in cells sees it (see display/host.ts). */
export class NotebookHost implements Host {
  private readonly targets = new Map<string, Opened>();
  private readonly comms = new Map<string, OpenComm>();
  private readonly spoken = new Set<string>();
  private readonly questions = new Map<number, Question>();
  private readonly times: CellTime[] = [];
  private asked = 0;
  private controller: AbortController;
  /** The client lets the running cell ask the user. */
  canAsk = false;

  constructor(private readonly stop: Stop) {
    this.controller = this.newController();
  }

  get signal(): AbortSignal {
    this.stop.cooperative = true;
    return this.controller.signal;
  }

  /** A fresh signal for a fresh cell. */
  startCell(canAsk: boolean): void {
    this.stop.cooperative = false;
    this.canAsk = canAsk;
    this.renewSignal();
  }

  /** Notes how long a cell's code ran, from a reading of `performance.now()` on. */
  endCell(cell: number, start: number): void {
    this.times.push({ cell, seconds: Math.round(performance.now() - start) / 1000 });
  }

  cellTimes(): readonly CellTime[] {
    return this.times;
  }

  /** What the user does once the stopped cell has ended, such as moving a slider, is not to be stopped. */
  renewSignal(): void {
    if (this.controller.signal.aborted) this.controller = this.newController();
  }

  /** Tells all who watch the signal, and all who wait for an answer, that the user pressed Stop. */
  abort(reason: Error): void {
    this.controller.abort(reason);
    for (const { reject } of this.questions.values()) reject(reason);
    this.questions.clear();
  }

  display(data: MimeBundle, options: Parameters<Host['display']>[1] = {}): void {
    const { metadata = {}, id, update = false } = options;
    report({ t: 'display', data: encodeBundle(data), metadata, ...(id !== undefined && { id }), update });
  }

  clear(wait = false): void {
    report({ t: 'clear', wait });
  }

  input(prompt: string, { password = false }: { password?: boolean } = {}): Promise<string> {
    if (!this.canAsk) {
      const message = 'input: needs a client that can ask the user; this one runs the notebook without one';
      return Promise.reject(Object.assign(new Error(message), { name: 'StdinNotImplementedError' }));
    }
    const id = ++this.asked;
    report({ t: 'input', id, prompt, password });
    return new Promise((resolve, reject) => this.questions.set(id, { resolve, reject }));
  }

  answer(id: number, value: string | undefined, error: string | undefined): void {
    const question = this.questions.get(id);
    this.questions.delete(id);
    if (value === undefined) question?.reject(new Error(error ?? 'input: no answer'));
    else question?.resolve(value);
  }

  openComm(
    target: string,
    { id = randomUUID(), data = {}, metadata = {}, buffers = [] }: CommData & { id?: string } = {},
  ): Comm {
    report({ t: 'comm', kind: 'open', comm: id, target, data, metadata }, buffers);
    return this.register(id, target);
  }

  onComm(target: string, opened: Opened | undefined): void {
    if (opened) this.targets.set(target, opened);
    else this.targets.delete(target);
  }

  speaks(target: string): boolean {
    return this.spoken.has(target);
  }

  /** Hands a message from the frontend to the code that waits for it. */
  receive(
    { kind, comm: id, target = '', data, metadata = {} }: CommMessage,
    buffers: readonly Uint8Array[],
  ): void {
    const message: CommData = { data, metadata, buffers };
    if (kind === 'open') {
      this.spoken.add(target);
      const opened = this.targets.get(target);
      // The protocol asks for a close where nobody knows the name.
      if (!opened) report({ t: 'comm', kind: 'close', comm: id, data: {} });
      else opened(this.register(id, target), message);
      return;
    }
    const open = this.comms.get(id);
    if (kind === 'close') this.comms.delete(id);
    (kind === 'close' ? open?.closed : open?.received)?.(message);
  }

  private register(id: string, target: string): Comm {
    const send = (kind: 'msg' | 'close', { data = {}, metadata = {}, buffers = [] }: CommData = {}) =>
      report({ t: 'comm', kind, comm: id, data, metadata }, buffers);
    const open: OpenComm = {
      comm: {
        id,
        target,
        send: (message) => send('msg', message),
        close: (message) => {
          if (this.comms.delete(id)) send('close', message);
        },
        onMessage: (received) => void (open.received = received),
        onClose: (closed) => void (open.closed = closed),
      },
    };
    this.comms.set(id, open);
    return open.comm;
  }

  /** `aborted` is right even while a loop keeps the event loop, and with it `abort`, from running. */
  private newController(): AbortController {
    const controller = new AbortController();
    const start = this.stop.moment();
    const inherited = Object.getOwnPropertyDescriptor(AbortSignal.prototype, 'aborted');
    const aborted = (): boolean => inherited?.get?.call(controller.signal) === true;
    Object.defineProperty(controller.signal, 'aborted', {
      get: () => aborted() || this.stop.moment() !== start,
    });
    return controller;
  }
}
