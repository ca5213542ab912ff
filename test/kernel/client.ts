import { spawn, type ChildProcess } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Dealer, Request, Subscriber } from 'zeromq';
import { builtCli, root } from './built.js';
import { checkMessage } from './schema.js';
import { stopwatch } from './stopwatch.js';

/** A message from the kernel. */
export interface Received {
  type: string;
  content: Record<string, unknown>;
  parentId: string | undefined;
  buffers: Buffer[];
}

/** What a request brought. */
export interface Answer {
  reply: Record<string, unknown>;
  /** Everything on iopub that belongs to the request, status left out. */
  outputs: Received[];
}

export interface StartOptions {
  /** Folder of the notebook; default the repository. */
  cwd?: string;
  env?: Record<string, string>;
  transport?: 'tcp' | 'ipc';
}

/** Milliseconds after which a client gives up: far longer than anything that a test asks for takes. */
const patience = 60_000;

const delimiter = Buffer.from('<IDS|MSG>');

/** A Jupyter client as small as a test needs it; every message it receives is checked against the protocol's schema. */
export class Client {
  readonly received: Received[] = [];
  // Clients give both the same identity: the kernel answers on stdin to the route of a shell request.
  private readonly shell = new Dealer({ linger: 0, routingId: 'test-client' });
  private readonly control = new Dealer({ linger: 0 });
  private readonly stdin = new Dealer({ linger: 0, routingId: 'test-client' });
  private readonly iopub = new Subscriber({ linger: 0, receiveHighWaterMark: 10 });
  private readonly hb = new Request({ linger: 0 });
  private readonly replies = new Map<string, (content: Record<string, unknown>) => void>();
  private readonly idle = new Map<string, () => void>();
  private readonly session = randomUUID();
  private stalled: Promise<void> | undefined;
  private resume: () => void = () => undefined;
  private watchers: ((message: Received) => void)[] = [];
  private readonly recent: string[] = [];
  answerInput: (prompt: string, password: boolean) => string = () => '';

  private constructor(
    readonly kernel: ChildProcess,
    private readonly key: string,
    private readonly folder: string,
  ) {}

  /** Starts a kernel and waits until it answers. */
  static async start({ cwd = root, env = {}, transport = 'tcp' }: StartOptions = {}): Promise<Client> {
    const folder = mkdtempSync(join(tmpdir(), 'roarbook-test-'));
    const ports = transport === 'tcp' ? await freePorts(5) : [1, 2, 3, 4, 5];
    const names = ['shell', 'iopub', 'stdin', 'control', 'hb'] as const;
    const ip = transport === 'tcp' ? '127.0.0.1' : join(folder, 'socket');
    const key = randomUUID();
    const file = join(folder, 'connection.json');
    const entries = names.map((name, i) => [`${name}_port`, ports[i]]);
    writeFileSync(
      file,
      JSON.stringify({ transport, ip, key, signature_scheme: 'hmac-sha256', ...Object.fromEntries(entries) }),
    );
    const kernel = spawn(process.execPath, [builtCli(), 'kernel', 'run', file], {
      cwd,
      env: {
        ...process.env,
        ROARBOOK_HISTORY: join(folder, 'history.jsonl'),
        TF_CPP_MIN_LOG_LEVEL: '2',
        // The kernel ends with this process, however that ends.
        JPY_PARENT_PID: String(process.pid),
        ...env,
      },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const client = new Client(kernel, key, folder);
    const at = (i: number) => (transport === 'tcp' ? `tcp://${ip}:${ports[i]}` : `ipc://${ip}-${ports[i]}`);
    client.shell.connect(at(0));
    client.iopub.connect(at(1));
    client.iopub.subscribe();
    client.stdin.connect(at(2));
    client.control.connect(at(3));
    client.hb.connect(at(4));
    void client.listen(client.shell);
    void client.listen(client.control);
    void client.listen(client.stdin);
    void client.listen(client.iopub);
    await client.connected();
    return client;
  }

  private async connected(): Promise<void> {
    await this.request('kernel_info_request', {});
    // The subscription travels on its own: ask until an answer's status arrives there.
    for (let heard = false, tries = 0; !heard; tries++) {
      if (tries > 300) await this.giveUp('a status on iopub');
      const id = this.send('shell', 'kernel_info_request', {});
      heard = await Promise.race([
        new Promise<true>((resolve) => this.idle.set(id, () => resolve(true))),
        new Promise<false>((resolve) => setTimeout(() => resolve(false), 100)),
      ]);
    }
  }

  /** Waits for something from the kernel, but not for ever: then the kernel is ended and the error tells what came. */
  private async within<T>(what: string, coming: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => void this.giveUp(what).catch(reject), patience);
    });
    return Promise.race([coming, late]).finally(() => clearTimeout(timer));
  }

  private giveUp(what: string): Promise<never> {
    this.kernel.kill('SIGKILL');
    const last = this.recent.join('\n  ');
    return Promise.reject(
      new Error(`client: waited ${patience / 1000} s for ${what}; the last messages were\n  ${last}`),
    );
  }

  /** Sends a request and waits for its reply and for the kernel to be idle again. */
  async request(
    type: string,
    content: Record<string, unknown>,
    channel: 'shell' | 'control' = 'shell',
  ): Promise<Answer> {
    const id = this.send(channel, type, content);
    const reply = new Promise<Record<string, unknown>>((resolve) => this.replies.set(id, resolve));
    const what = `${type} ${JSON.stringify(content).slice(0, 200)}`;
    if (type === 'kernel_info_request')
      return { reply: await this.within(`the reply to ${what}`, reply), outputs: [] };
    const idle = new Promise<void>((resolve) => this.idle.set(id, resolve));
    return this.within(
      `the reply to ${what} and an idle kernel`,
      Promise.all([reply, idle]).then(([reply]) => ({ reply, outputs: this.outputsOf(id) })),
    );
  }

  execute(code: string, options: Record<string, unknown> = {}): Promise<Answer> {
    return this.request('execute_request', { ...executeDefaults, code, ...options });
  }

  /** Runs a cell and returns the text of its result, its printed text, or its error. */
  async text(code: string, options: Record<string, unknown> = {}): Promise<string> {
    const { outputs } = await this.execute(code, options);
    return outputs
      .map(({ type, content }) => {
        if (type === 'stream') return String(content['text']);
        if (type === 'error') return (content['traceback'] as string[]).join('\n');
        const data = content['data'] as Record<string, unknown> | undefined;
        return type === 'execute_input' ? '' : String(data?.['text/plain'] ?? '');
      })
      .join('');
  }

  /** Sends a message and returns its id. */
  send(
    channel: 'shell' | 'control',
    type: string,
    content: Record<string, unknown>,
    buffers: Buffer[] = [],
  ): string {
    const id = randomUUID();
    void this[channel].send(this.frames(type, content, { id, buffers }));
    return id;
  }

  /** Sends frames as they are. */
  async sendRaw(frames: (Buffer | string)[]): Promise<void> {
    await this.shell.send(frames);
  }

  frames(
    type: string,
    content: unknown,
    { id = randomUUID(), key = this.key, buffers = [] as Buffer[], parent = {} as unknown } = {},
  ) {
    const header = {
      msg_id: id,
      msg_type: type,
      session: this.session,
      username: 'test',
      date: new Date().toISOString(),
      version: '5.3',
    };
    const parts = [header, parent, {}, content].map((part) => Buffer.from(JSON.stringify(part)));
    const hmac = createHmac('sha256', key);
    for (const part of parts) hmac.update(part);
    return [delimiter, Buffer.from(hmac.digest('hex')), ...parts, ...buffers];
  }

  /** Milliseconds until the heartbeat comes back. */
  async heartbeat(): Promise<number> {
    const elapsed = stopwatch(this.kernel.pid);
    await this.hb.send('ping');
    await this.within('a heartbeat', this.hb.receive());
    return elapsed();
  }

  outputsOf(id: string): Received[] {
    return this.received.filter(({ parentId, type }) => parentId === id && type !== 'status');
  }

  /** Resolves with the first message, from now on, that fits. */
  next(fits: (message: Received) => boolean): Promise<Received> {
    const coming = new Promise<Received>((resolve) => {
      const watch = (message: Received) => {
        if (!fits(message)) return;
        this.watchers = this.watchers.filter((other) => other !== watch);
        resolve(message);
      };
      this.watchers.push(watch);
    });
    return this.within(`a message with ${String(fits)}`, coming);
  }

  /** Shuts the kernel down and waits for its end. */
  async stop(): Promise<void> {
    if (this.kernel.exitCode === null && this.kernel.signalCode === null) {
      const ended = new Promise((resolve) => this.kernel.once('exit', resolve));
      this.send('control', 'shutdown_request', { restart: false });
      await this.within('the end of the kernel', ended);
    }
    for (const socket of [this.shell, this.control, this.stdin, this.iopub, this.hb]) socket.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Reads nothing from iopub for a while, as a client that hangs. */
  stall(stalled: boolean): void {
    if (!stalled) this.resume();
    else this.stalled = new Promise((resolve) => (this.resume = resolve));
  }

  private async listen(socket: Dealer | Subscriber): Promise<void> {
    for await (const frames of socket) {
      if (socket === this.iopub) await this.stalled;
      this.take(frames, socket);
    }
  }

  private take(frames: Buffer[], socket: Dealer | Subscriber): void {
    const start = frames.findIndex((frame) => frame.equals(delimiter));
    const [header, parent, , content] = frames
      .slice(start + 2, start + 6)
      .map((frame) => JSON.parse(frame.toString()) as Record<string, unknown>);
    if (!header || !content) throw new Error('client: malformed message from the kernel');
    const type = String(header['msg_type']);
    checkMessage(type, content);
    const parentId = parent?.['msg_id'] as string | undefined;
    const message: Received = { type, content, parentId, buffers: frames.slice(start + 6) };
    this.recent.push(`${type} ${JSON.stringify(content).slice(0, 300)}`);
    if (this.recent.length > 10) this.recent.shift();
    if (socket === this.iopub) {
      this.received.push(message);
      for (const watch of this.watchers) watch(message);
      if (type === 'status' && content['execution_state'] === 'idle' && parentId) this.idle.get(parentId)?.();
    } else if (type === 'input_request') {
      const value = this.answerInput(String(content['prompt']), content['password'] === true);
      void this.stdin.send(this.frames('input_reply', { status: 'ok', value }, { parent: header }));
    } else if (parentId) this.replies.get(parentId)?.(content);
  }
}

const executeDefaults = {
  silent: false,
  store_history: true,
  user_expressions: {},
  allow_stdin: true,
  stop_on_error: true,
};

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  return Promise.all(
    servers.map(async (server) => {
      const address = server.address();
      await new Promise((resolve) => server.close(resolve));
      if (address === null || typeof address === 'string') throw new Error('client: no port');
      return address.port;
    }),
  );
}
