import { Cells } from './cells.js';
import { Channels, type RequestChannel } from './channels.js';
import { Comms } from './comms.js';
import type { Connection } from './connection.js';
import { characterOffset, Fields, utf16Offset } from './content.js';
import type { Report } from './execution/protocol.js';
import { Executor } from './executor.js';
import { History } from './history.js';
import { kernelInfo } from './info.js';
import { Language } from './language.js';
import { Questions } from './questions.js';
import type { Content, Header, Message, Request } from './wire.js';

/** What starts a kernel. */
export interface KernelOptions {
  /** The notebook's folder: imports resolve from it. */
  cwd: string;
  /** Called after everything has ended. */
  ended: () => void;
}

/**
 * The protocol process: hands each request to the part that answers it, and publishes what comes back. It runs neither
 * user code nor the compiler, so it answers at any time.
 */
export class Kernel {
  private readonly channels: Channels;
  private readonly executor: Executor;
  private readonly language: Language;
  private readonly cells: Cells;
  private readonly comms: Comms;
  private readonly questions: Questions;
  private readonly history = new History();
  /** The request whose outputs are coming in. */
  private parent: Header | Content = {};
  private ending = false;
  /** What was said while no cell ran: a notebook shows it only in a cell that runs. */
  private unseen: string | undefined;

  constructor(
    connection: Connection,
    private readonly options: KernelOptions,
  ) {
    this.channels = new Channels(connection);
    const { output } = this.channels;
    this.language = new Language(options.cwd, (reason) =>
      output.stream(
        this.parent,
        'stderr',
        `The compiler ended (${reason}); a new one reads the earlier cells again. Variables are kept.\n`,
      ),
    );
    this.executor = new Executor(
      options.cwd,
      {
        report: (report, parts) => this.report(report, parts),
        raw: (name, text) => output.stream(this.parent, name, text),
        lost: (reason) => this.lost(reason),
        stopping: (on) => output.release(on),
      },
      (source) => output.addSource(source),
    );
    this.questions = new Questions(this.channels, this.executor);
    this.comms = new Comms(output, this.executor);
    this.cells = new Cells({
      channels: this.channels,
      executor: this.executor,
      language: this.language,
      history: this.history,
      started: (request) => {
        this.parent = request.header;
        this.questions.startCell(request);
        if (!new Fields(request.content).flag('silent', false)) this.sayUnseen();
      },
    });
  }

  async open(): Promise<void> {
    await this.channels.open((channel, request) => this.receive(channel, request));
    this.publish({}, 'status', { execution_state: 'starting' });
  }

  interrupt(): void {
    this.cells.interrupt();
    this.executor.interrupt();
  }

  /** Ends every part; nothing outlives it. */
  async shutdown(): Promise<void> {
    if (this.ending) return;
    this.ending = true;
    this.executor.close();
    await Promise.race([
      Promise.all([this.channels.output.flushed(), this.language.close()]),
      new Promise((resolve) => setTimeout(resolve, 500)),
    ]);
    await this.channels.close();
    this.options.ended();
  }

  private receive(channel: RequestChannel, request: Request): void {
    const type = request.header.msg_type;
    if (channel === 'stdin') {
      if (type === 'input_reply') this.questions.answer(request);
      return;
    }
    if (type === 'execute_request') return this.cells.add(channel, request);
    this.publish(request.header, 'status', { execution_state: 'busy' });
    this.answer(channel, request)
      .catch((error: unknown) => this.reply(channel, request, failed(type, error)))
      .finally(() => this.publish(request.header, 'status', { execution_state: 'idle' }))
      .catch(() => undefined);
  }

  private async answer(channel: RequestChannel, request: Request): Promise<void> {
    const type = request.header.msg_type;
    const fields = new Fields(request.content);
    switch (type) {
      case 'comm_open':
      case 'comm_msg':
      case 'comm_close':
        if (!this.cells.busy) this.parent = request.header;
        return this.comms.receive(request);
      case 'interrupt_request':
        this.interrupt();
        return this.reply(channel, request, { type: 'interrupt_reply', content: { status: 'ok' } });
      case 'shutdown_request': {
        const restart = fields.flag('restart', false);
        const content = { status: 'ok', restart };
        this.publish(request.header, 'shutdown_reply', content);
        await this.reply(channel, request, { type: 'shutdown_reply', content });
        setImmediate(() => void this.shutdown());
        return;
      }
    }
    const content = await this.content(type, fields);
    // What the protocol does not know gets no reply, but a status.
    if (content) await this.reply(channel, request, { type: type.replace(/request$/, 'reply'), content });
  }

  private async content(type: string, fields: Fields): Promise<Content | undefined> {
    const code = fields.text('code');
    const cursor = utf16Offset(code, fields.number('cursor_pos', Array.from(code).length));
    switch (type) {
      case 'kernel_info_request':
        return kernelInfo();
      case 'complete_request': {
        const found = await this.language.ask('complete', { code, cursor });
        const [start, end] = [characterOffset(code, found.start), characterOffset(code, found.end)];
        const types = found.matches.map((text, i) => ({ text, type: found.kinds[i] ?? '', start, end }));
        const metadata = { _jupyter_types_experimental: types };
        return { status: 'ok', matches: found.matches, cursor_start: start, cursor_end: end, metadata };
      }
      case 'inspect_request': {
        const found = await this.language.ask('inspect', {
          code,
          cursor,
          detail: fields.number('detail_level', 0),
        });
        const data = found ? { 'text/plain': found.plain, 'text/markdown': found.markdown } : {};
        return { status: 'ok', found: found !== null, data, metadata: {} };
      }
      case 'is_complete_request':
        return { ...(await this.language.ask('isComplete', { code })) };
      case 'history_request':
        return { status: 'ok', history: this.history.answer(fields) };
      case 'comm_info_request':
        return { status: 'ok', comms: this.comms.list(fields.text('target_name')) };
      default:
        return undefined;
    }
  }

  private report(report: Report, parts: readonly Uint8Array[]): void {
    switch (report.t) {
      case 'out':
        for (const part of parts)
          this.channels.output.stream(this.parent, report.name, Buffer.from(part).toString('utf8'));
        break;
      case 'display':
        this.publish(this.parent, report.update ? 'update_display_data' : 'display_data', {
          data: report.data,
          metadata: report.metadata,
          transient: report.id === undefined ? {} : { display_id: report.id },
        });
        break;
      case 'clear':
        this.publish(this.parent, 'clear_output', { wait: report.wait });
        break;
      case 'input':
        this.questions.ask(report);
        break;
      case 'module':
        this.language
          .ask('module', { path: report.path })
          .then((source) =>
            this.executor.send({
              t: 'module',
              id: report.id,
              ...(source.ok ? { js: source.js, map: source.map } : { error: source.message }),
            }),
          )
          .catch((error: unknown) =>
            this.executor.send({ t: 'module', id: report.id, error: String(error) }),
          );
        break;
      case 'comm':
        this.comms.send(report, parts, this.parent);
        break;
      case 'commDone':
        this.comms.handled(report.message);
    }
  }

  /** The variables are gone: so are the names that the compiler knows. */
  private lost(reason: string): void {
    this.language.reset();
    this.comms.reset();
    const idle = 'The process that runs the cells';
    if (this.cells.busy) return;
    this.unseen = `${idle} ${reason}; variables are lost, a fresh one is ready.\n`;
    this.channels.output.stream(this.parent, 'stderr', this.unseen);
  }

  private sayUnseen(): void {
    if (this.unseen !== undefined) this.channels.output.stream(this.parent, 'stderr', this.unseen);
    this.unseen = undefined;
  }

  private publish(parent: Header | Content, type: string, content: Content): void {
    this.channels.output.publish({ type, parent, content });
  }

  private reply(channel: RequestChannel, request: Request, message: Omit<Message, 'parent'>): Promise<void> {
    return this.channels.reply(channel, request, { ...message, parent: request.header });
  }
}

/** A part of the kernel failed on a request: the client hears it, and the kernel goes on. */
function failed(type: string, error: unknown): Omit<Message, 'parent'> {
  const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  const content = { status: 'error', ename: name, evalue: message, traceback: stack.split('\n') };
  return { type: type.replace(/request$/, 'reply'), content };
}
