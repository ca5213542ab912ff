import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Ends the server, and so its kernels, when whoever holds its standard input is gone, even by SIGKILL. */
const endsWithParent = `
import os, signal, sys, threading

def follow():
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)

threading.Thread(target=follow, daemon=True).start()
`;

export const root = path.resolve(import.meta.dirname, '../..');

/** A JupyterLab server of its own: its own folders for notebooks, settings and results. */
export class Jupyter {
  private constructor(
    private readonly url: string,
    /** Where it looks for notebooks. */
    readonly folder: string,
    private readonly own: { home: string; token: string; process: ChildProcess },
  ) {}

  /** Starts a server and waits until it answers. */
  static async start(): Promise<Jupyter> {
    const home = mkdtempSync(path.join(tmpdir(), 'roarbook-lab-'));
    const folder = path.join(home, 'notebooks');
    mkdirSync(folder);
    const settings = path.join(home, 'settings', '@jupyterlab', 'apputils-extension');
    mkdirSync(settings, { recursive: true });
    writeFileSync(path.join(settings, 'notification.jupyterlab-settings'), '{"fetchNews": "false"}');
    const config = path.join(home, 'config');
    mkdirSync(config);
    writeFileSync(path.join(config, 'jupyter_server_config.py'), endsWithParent);
    const token = randomUUID();
    const port = await freePort();
    const options = [
      ...['--no-browser', '--allow-root', '--ServerApp.ip=127.0.0.1'],
      ...[`--ServerApp.port=${port}`, '--ServerApp.port_retries=0', `--IdentityProvider.token=${token}`],
      ...[`--notebook-dir=${folder}`, '--LabApp.news_url=None', '--LabApp.check_for_updates_class='],
    ];
    const env = {
      ...process.env,
      HOME: home,
      XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? path.join(process.env.HOME ?? '/root', '.cache'),
      JUPYTER_CONFIG_DIR: config,
      JUPYTER_DATA_DIR: path.join(home, 'data'),
      JUPYTER_RUNTIME_DIR: path.join(home, 'runtime'),
      JUPYTERLAB_SETTINGS_DIR: path.join(home, 'settings'),
      JUPYTERLAB_WORKSPACES_DIR: path.join(home, 'workspaces'),
      ROARBOOK_STORE: path.join(home, 'store'),
      TF_CPP_MIN_LOG_LEVEL: '2',
    };
    const python = path.join(root, '.venv', 'bin', 'python');
    const server = spawn(python, ['-m', 'jupyterlab', ...options], {
      cwd: folder,
      env,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    await answers(server);
    return new Jupyter(`http://127.0.0.1:${port}`, folder, { home, token, process: server });
  }

  /** The address at which a browser opens a notebook in a workspace of its own. */
  address(name: string): string {
    return `${this.url}/lab/tree/${name}?reset&token=${this.own.token}`;
  }

  /** Ends all kernels; what they compute is lost. */
  async endKernels(): Promise<void> {
    const headers = { Authorization: `token ${this.own.token}` };
    const running = (await (await fetch(`${this.url}/api/kernels`, { headers })).json()) as { id: string }[];
    for (const { id } of running) {
      const { status } = await fetch(`${this.url}/api/kernels/${id}`, { method: 'DELETE', headers });
      if (status !== 204) throw new Error(`jupyter: a kernel must end, got ${status}`);
    }
  }

  /** Ends the server with its kernels and removes its folder. */
  async stop(): Promise<void> {
    const { home, process } = this.own;
    if (process.exitCode === null) {
      const ended = once(process, 'exit');
      process.kill('SIGTERM');
      await ended;
    }
    rmSync(home, { recursive: true, force: true });
  }
}

/** Resolves when the server says where it listens. */
async function answers(server: ChildProcess): Promise<void> {
  let said = '';
  await new Promise<void>((resolve, reject) => {
    server.stderr?.on('data', (data: Buffer) => {
      said += String(data);
      if (/is running at/.test(said)) resolve();
    });
    server.once('exit', () => reject(new Error(`JupyterLab ended:\n${said.slice(-2000)}`)));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('jupyter: no free port');
  return address.port;
}
