import type { Comm, CommData } from '../../src/display/host.js';

/** A frontend with widgets that keeps what it is told. */
export class Front {
  readonly opened: CommData[] = [];
  readonly sent: CommData[] = [];
  readonly receivers: ((message: CommData) => void)[] = [];
  closed = 0;
  control: ((comm: Comm, message: CommData) => void) | undefined;

  openComm(target: string, message: CommData): Comm {
    this.opened.push(message);
    return this.comm(`w${this.opened.length}`, target);
  }

  onComm(_target: string, opened: (comm: Comm, message: CommData) => void): void {
    this.control = opened;
  }

  speaks(target: string): boolean {
    return target === 'jupyter.widget.control';
  }

  comm(id: string, target: string): Comm {
    return {
      ...{ id, target },
      send: (message) => void this.sent.push(message),
      close: () => void this.closed++,
      onMessage: (received) => void this.receivers.push(received),
      onClose: () => {},
    };
  }
}
