import type { Channels, RequestChannel } from './channels.js';
import { Fields } from './content.js';
import type { Ended, Executor } from './executor.js';
import type { History } from './history.js';
import type { Language } from './language.js';
import type { CellDiagnostic } from './language/protocol.js';
import { leadingImports } from './leadingImports.js';
import type { Content, Request } from './wire.js';

/** The parts that a cell goes through. */
export interface CellParts {
  channels: Channels;
  executor: Executor;
  language: Language;
  history: History;
  /** From now on outputs belong to this request. */
  started: (request: Request) => void;
}

interface Queued {
  channel: RequestChannel;
  request: Request;
}

/**
 * How long the compiler may go on with a cell that was stopped, in milliseconds: the types of tfjs take 5 s on a busy old machine, and a
 * new compiler would read them again.
 */
const patience = 8000;

/** Type checking is on unless the kernel was told otherwise. */
const check = process.env['ROARBOOK_TYPECHECK'] !== 'off';

/** Runs the cells one after the other. */
export class Cells {
  private readonly queue: Queued[] = [];
  private count = 0;
  /** Ends the wait for the compiler. */
  private stopCompiling: (() => void) | undefined;
  busy = false;

  constructor(private readonly parts: CellParts) {}

  add(channel: RequestChannel, request: Request): void {
    this.queue.push({ channel, request });
    if (!this.busy) void this.work();
  }

  /** A cell that is still being compiled will not start. */
  interrupt(): void {
    this.stopCompiling?.();
  }

  private async work(): Promise<void> {
    this.busy = true;
    for (let next = this.queue.shift(); next; next = this.queue.shift()) {
      const status = await this.execute(next);
      if (status === 'error' && new Fields(next.request.content).flag('stop_on_error', true))
        this.abortQueue();
    }
    this.busy = false;
  }

  /** Cells that were sent before a cell failed are not run; those that come later are. */
  private abortQueue(): void {
    for (const { channel, request } of this.queue.splice(0)) {
      this.publish(request, 'status', { execution_state: 'busy' });
      // Nothing else: JupyterLab would write a count beside a cell that has not run.
      this.reply(channel, request, { status: 'aborted' });
      this.publish(request, 'status', { execution_state: 'idle' });
    }
  }

  private async execute({ channel, request }: Queued): Promise<'ok' | 'error'> {
    const fields = new Fields(request.content);
    const silent = fields.flag('silent', false);
    const code = fields.text('code');
    this.publish(request, 'status', { execution_state: 'busy' });
    if (!silent && fields.flag('store_history', true)) {
      this.count++;
      const line = this.count;
      // While the compiler works.
      if (code.trim() !== '') setImmediate(() => this.parts.history.add(line, code));
    }
    const count = this.count;
    if (!silent) this.publish(request, 'execute_input', { code, execution_count: count });
    this.parts.started(request);
    const topic = /^\s*([\w$.]+)\?\s*$/.exec(code)?.[1];
    if (topic !== undefined) return this.explain(topic, { channel, request });
    const leave = /^\s*(exit|quit)\s*(?:\(\s*\)\s*)?;?\s*$/.exec(code)?.[1];
    if (leave !== undefined && !(await this.known(leave)))
      return this.answer([{ source: 'ask_exit', keepkernel: false }], { channel, request });
    const stdin = fields.flag('allow_stdin', false);
    const ended = await this.run(code, { count, check, stdin }).catch(crashed);
    if (ended.status === 'error') {
      const { ename, evalue, traceback } = ended;
      if (!silent) this.publish(request, 'error', { ename, evalue, traceback });
      this.reply(channel, request, { status: 'error', execution_count: count, ename, evalue, traceback });
      this.publish(request, 'status', { execution_state: 'idle' });
      return 'error';
    }
    if (!silent && ended.result)
      this.publish(request, 'execute_result', {
        execution_count: count,
        data: ended.result,
        metadata: ended.metadata ?? {},
      });
    const expressions = await this.expressions(fields.texts('user_expressions'));
    return this.answer([], { channel, request }, expressions);
  }

  /** `name?`: type and documentation, in the client's pager. */
  private async explain(topic: string, queued: Queued): Promise<'ok'> {
    const text = (await this.known(topic)) ?? `Nothing is known of ${topic}`;
    return this.answer([{ source: 'page', data: { 'text/plain': text }, start: 0 }], queued);
  }

  /** Type and documentation of a name; undefined if it stands for nothing. */
  private async known(name: string): Promise<string | undefined> {
    const question = { code: name, cursor: name.length, detail: 1 } as const;
    const found = await this.parts.language.ask('inspect', question).catch(() => null);
    return found?.plain;
  }

  /** Ends a cell that has not failed; the payload asks something of the client. */
  private answer(payload: Content[], { channel, request }: Queued, expressions: Content = {}): 'ok' {
    this.reply(channel, request, {
      status: 'ok',
      execution_count: this.count,
      payload,
      user_expressions: expressions,
    });
    this.publish(request, 'status', { execution_state: 'idle' });
    return 'ok';
  }

  private async run(
    code: string,
    options: { count: number; check: boolean; stdin: boolean },
  ): Promise<Ended> {
    const { language, executor } = this.parts;
    if (code.trim() === '') return { status: 'ok', reached: 0 };
    const { count } = options;
    const packages = leadingImports(code);
    if (packages.length > 0) executor.prefetch(packages);
    const converted = await this.converted({ code, count, check: options.check });
    if (!converted) return stopped;
    if (!converted.ok) return rejected(converted.diagnostics, count);
    const { js, map, types, strict } = converted;
    const ended = await executor.run({ count, js, map, types, strict, stdin: options.stdin });
    language.commit({ code, count, reached: ended.reached });
    return ended;
  }

  /** The compiled cell; undefined if the user pressed Stop meanwhile. */
  private async converted(cell: { code: string; count: number; check: boolean }) {
    const { language } = this.parts;
    let late: NodeJS.Timeout | undefined;
    const stop = new Promise<undefined>((resolve) => {
      this.stopCompiling = () => {
        resolve(undefined);
        late ??= setTimeout(() => language.cancel('its work was stopped'), patience);
      };
    });
    const asked = language.ask('convert', cell).finally(() => clearTimeout(late));
    try {
      return await Promise.race([asked, stop]);
    } finally {
      this.stopCompiling = undefined;
      asked.catch(() => undefined);
    }
  }

  private async expressions(expressions: Record<string, string>): Promise<Content> {
    const results: Content = {};
    for (const [name, code] of Object.entries(expressions)) {
      const ended = await this.run(code, { count: this.count, check: false, stdin: false }).catch(crashed);
      results[name] =
        ended.status === 'ok'
          ? {
              status: 'ok',
              data: ended.result ?? { 'text/plain': 'undefined' },
              metadata: ended.metadata ?? {},
            }
          : { status: 'error', ename: ended.ename, evalue: ended.evalue, traceback: ended.traceback };
    }
    return results;
  }

  private publish(request: Request, type: string, content: Content): void {
    this.parts.channels.output.publish({ type, parent: request.header, content });
  }

  private reply(channel: RequestChannel, request: Request, content: Content): void {
    void this.parts.channels.reply(channel, request, {
      type: 'execute_reply',
      parent: request.header,
      content,
    });
  }
}

const stopped: Ended = {
  status: 'error',
  ename: 'KeyboardInterrupt',
  evalue: 'the cell was stopped before it ran',
  traceback: ['KeyboardInterrupt: the cell was stopped before it ran'],
  reached: 0,
};

/** The compiler rejected a cell: each complaint with its place, its line and a caret below. */
function rejected(diagnostics: readonly CellDiagnostic[], count: number): Ended {
  const traceback = diagnostics.flatMap(({ file, line, character, code, message, ...place }) => [
    `${file ?? `In[${count}]`}:${line + 1}:${character + 1} - error TS${code}: ${message}`,
    ...pointedAt({ character, ...place }).map((text) => `  ${text}`),
  ]);
  const first = diagnostics[0]?.message ?? '';
  return { status: 'error', ename: 'TypeScriptError', evalue: first, traceback, reached: 0 };
}

/** Characters of a line that a notebook shows without wrapping it, in a window of ordinary width. */
const widest = 76;

/** A line and a caret below its place. Of a longer line the part around the place: wrapped, both would come apart. */
function pointedAt({ source, character, length }: Pick<CellDiagnostic, 'source' | 'character' | 'length'>) {
  const from = source.length <= widest ? 0 : Math.max(0, Math.min(character - 24, source.length - widest));
  const to = Math.min(source.length, from + widest);
  const shown = `${from > 0 ? '…' : ''}${source.slice(from + Number(from > 0), to - Number(to < source.length))}${to < source.length ? '…' : ''}`;
  const before = source.slice(from, character).replace(/[^\t]/g, ' ');
  return [shown, before + '^'.repeat(Math.max(1, Math.min(length, to - character)))];
}

/** The compiler itself failed. */
function crashed(error: unknown): Ended {
  const message = error instanceof Error ? error.message : String(error);
  return { status: 'error', ename: 'CompilerError', evalue: message, traceback: [message], reached: 0 };
}
