import type { Channels } from './channels.js';
import type { Report } from './execution/protocol.js';
import type { Executor } from './executor.js';
import type { Request } from './wire.js';

/** `input()`: asks the client that sent the running cell, and hands its answer to the cell. */
export class Questions {
  private cell: Request | undefined;
  private open: number | undefined;

  constructor(
    private readonly channels: Channels,
    private readonly executor: Executor,
  ) {}

  startCell(request: Request): void {
    this.cell = request;
    this.open = undefined;
  }

  ask({ id, prompt, password }: Report & { t: 'input' }): void {
    if (!this.cell) return;
    this.open = id;
    const content = { prompt, password };
    void this.channels.reply('stdin', this.cell, {
      type: 'input_request',
      parent: this.cell.header,
      content,
    });
  }

  answer({ content }: Request): void {
    if (this.open === undefined) return;
    const id = this.open;
    this.open = undefined;
    if (typeof content['value'] === 'string') this.executor.send({ t: 'input', id, value: content['value'] });
    else this.executor.send({ t: 'input', id, error: 'input: the client sent no answer' });
  }
}
