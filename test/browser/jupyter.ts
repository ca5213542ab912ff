import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '../..');

/** A JupyterLab server of its own: its own folders for notebooks, settings and results, no token. */
export class Jupyter {
  private constructor(
    readonly url: string,
    /** Where it looks for notebooks. */
    readonly folder: string,
    private readonly home: string,
    private readonly process: ChildProcess,
  ) {}

  /** Starts a server and waits until it answers. */
  static async start(): Promise<Jupyter> {
    const home = mkdtempSync(path.join(tmpdir(), 'roarbook-lab-'));
    const folder = path.join(home, 'notebooks');
    mkdirSync(folder);
    const settings = path.join(home, 'settings', '@jupyterlab', 'apputils-extension');
    mkdirSync(settings, { recursive: true });
    writeFileSync(path.join(settings, 'notification.jupyterlab-settings'), '{"fetchNews": "false"}');
    const port = await freePort();
    const options = [
      ...['--no-browser', '--allow-root', '--ServerApp.ip=127.0.0.1'],
      ...[`--ServerApp.port=${port}`, '--ServerApp.port_retries=0', '--IdentityProvider.token='],
      ...[`--notebook-dir=${folder}`, '--LabApp.news_url=None', '--LabApp.check_for_updates_class='],
    ];
    const env = {
      ...process.env,
      HOME: home,
      XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? path.join(process.env.HOME ?? '/root', '.cache'),
      JUPYTER_CONFIG_DIR: path.join(home, 'config'),
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
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await answers(server);
    return new Jupyter(`http://127.0.0.1:${port}`, folder, home, server);
  }

  /** Ends the server with its kernels and removes its folder. */
  async stop(): Promise<void> {
    if (this.process.exitCode === null) {
      const ended = once(this.process, 'exit');
      this.process.kill('SIGTERM');
      await ended;
    }
    rmSync(this.home, { recursive: true, force: true });
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
