import { setTimeout as sleep } from 'node:timers/promises';
import { Publisher, Reply, Router } from 'zeromq';
import { address, type Connection } from './connection.js';
import { Output } from './output.js';
import { Wire, type Message, type Request } from './wire.js';

/** The channels on which clients send requests. */
export type RequestChannel = 'shell' | 'control' | 'stdin';

/** The kernel's five sockets. */
export class Channels {
  readonly output: Output;
  private readonly wire: Wire;
  private readonly publisher = new Publisher({ linger: 1000 });
  private readonly heartbeat = new Reply();
  private readonly routers: Record<RequestChannel, Router>;
  private readonly sent = new Map<Router, Promise<void>>();

  constructor(private readonly connection: Connection) {
    this.wire = new Wire(connection.key);
    this.output = new Output(this.publisher, this.wire);
    const router = () => new Router({ sendHighWaterMark: 0, linger: 1000 });
    this.routers = { shell: router(), control: router(), stdin: router() };
  }

  /** Binds the sockets where the connection file says and starts to listen. */
  async open(receive: (channel: RequestChannel, request: Request) => void): Promise<void> {
    const { connection } = this;
    await Promise.all([
      bind(this.publisher, address(connection, 'iopub')),
      bind(this.heartbeat, address(connection, 'hb')),
      ...(['shell', 'control', 'stdin'] as const).map((channel) =>
        bind(this.routers[channel], address(connection, channel)),
      ),
    ]);
    void this.beat();
    for (const channel of ['shell', 'control', 'stdin'] as const) void this.listen(channel, receive);
  }

  /** Sends a reply; replies of one channel keep their order. */
  reply(channel: RequestChannel, request: Pick<Request, 'route'>, message: Message): Promise<void> {
    const router = this.routers[channel];
    const frames = this.wire.encode(message, request.route);
    // A client that is gone must not stop the replies to the others.
    const sending = (this.sent.get(router) ?? Promise.resolve())
      .then(() => router.send(frames))
      .catch(() => undefined);
    this.sent.set(router, sending);
    return sending;
  }

  /** Closes the sockets once what is on its way has left, or a second later. */
  async close(): Promise<void> {
    await Promise.all(this.sent.values());
    for (const socket of [this.publisher, this.heartbeat, ...Object.values(this.routers)]) socket.close();
  }

  private async beat(): Promise<void> {
    for await (const frames of this.heartbeat) await this.heartbeat.send(frames);
  }

  private async listen(
    channel: RequestChannel,
    receive: (channel: RequestChannel, request: Request) => void,
  ) {
    for await (const frames of this.routers[channel]) {
      const request = this.wire.decode(frames);
      if (request) receive(channel, request);
    }
  }
}

/** Milliseconds for which a port may be taken by somebody else, and between two tries. */
const patience = 3000;
const pause = 50;

/**
 * Binds a socket. Jupyter looks for free ports before it starts the kernel; until then, anything may take one for a
 * moment, such as another program's outgoing connection.
 */
async function bind(socket: Publisher | Reply | Router, where: string): Promise<void> {
  for (let waited = 0; ; waited += pause) {
    try {
      return await socket.bind(where);
    } catch (error) {
      const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (!taken || waited >= patience) throw error;
      await sleep(pause);
    }
  }
}
