import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { until } from './until.js';

/** Where Slurm's own programs look; a job's environment has no SLURM_CONF. */
const configuration = '/etc/slurm/slurm.conf';
const mark = '# Written by a test of Roarbook.';
const nodes = ['n1', 'n2'] as const;
type Node = (typeof nodes)[number];

/** Why no Slurm can be started here; undefined if one can. */
export function whyNoSlurm(): string | undefined {
  if (process.getuid?.() !== 0) return 'Slurm needs root here';
  const missing = ['munged', 'slurmctld', 'slurmd'].find(
    (program) => spawnSync('which', [program]).status !== 0,
  );
  if (missing) return `${missing} is not installed (Debian's slurm-wlm and munge)`;
  if (existsSync(configuration) && !readFileSync(configuration, 'utf8').startsWith(mark))
    return `${configuration} is somebody else's`;
  return undefined;
}

/** A real Slurm of two nodes with two processors each, all of it on this machine. */
export class Slurm {
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'roarbook-slurm-'));
  readonly #processes = new Map<string, ChildProcess>();

  async start(): Promise<void> {
    const at = (name: string) => path.join(this.#folder, name);
    for (const name of ['state', ...nodes]) mkdirSync(at(name));
    writeFileSync(at('key'), randomBytes(1024), { mode: 0o400 });
    mkdirSync(path.dirname(configuration), { recursive: true });
    writeFileSync(configuration, this.#configuration());
    const munge = ['key-file', 'socket', 'pid-file', 'log-file', 'seed-file'].map(
      (option) => `--${option}=${at(option.split('-')[0] ?? '')}`,
    );
    this.#spawn('munged', 'munged', ['--foreground', '--force', ...munge]);
    await until('munge answers', () => existsSync(at('socket')));
    this.#spawn('slurmctld', 'slurmctld', ['-D']);
    for (const node of nodes) this.startNode(node);
    await until('both nodes are idle', () => this.#ask('sinfo', '-h', '-o', '%D %T') === '2 idle');
  }

  startNode(node: Node): void {
    this.#spawn(node, 'slurmd', ['-D', '-N', node]);
  }

  /** As a node that loses power: its daemon and all that it runs are gone at once. */
  async killNode(node: Node): Promise<void> {
    // The steps' daemons first: they would tell that the job failed.
    const steps = this.#running(node).flatMap((job) =>
      pids((command) => command.startsWith(`slurmstepd: [${job}.`)),
    );
    this.#processes.get(node)?.kill('SIGKILL');
    [...steps, ...pids((_, environment) => environment.includes(`SLURMD_NODENAME=${node}`))].forEach(kill);
    await until(`${node} is down`, () => this.#ask('sinfo', '-h', '-n', node, '-o', '%T').startsWith('down'));
  }

  /** A job that runs on a node. */
  running(node: Node): string | undefined {
    return this.#running(node)[0];
  }

  cancel(job: string): void {
    this.#ask('scancel', job);
  }

  /** How a job ended: 'COMPLETED', 'NODE_FAIL', 'CANCELLED'. */
  state(job: string): string | undefined {
    return /JobState=(\w+)/.exec(this.#ask('scontrol', 'show', 'job', job))?.[1];
  }

  stop(): void {
    for (const child of this.#processes.values()) child.kill('SIGKILL');
    pids(
      (command, environment) =>
        command.startsWith('slurmstepd: [') ||
        nodes.some((node) => environment.includes(`SLURMD_NODENAME=${node}`)),
    ).forEach(kill);
    rmSync(configuration, { force: true });
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #running(node: Node): string[] {
    return this.#ask('squeue', '-h', '-t', 'RUNNING', '-w', node, '-o', '%i').split('\n').filter(Boolean);
  }

  #spawn(name: string, program: string, args: readonly string[]): void {
    this.#processes.set(name, spawn(program, args, { stdio: 'ignore' }));
  }

  #ask(program: string, ...args: string[]): string {
    return spawnSync(program, args, { encoding: 'utf8' }).stdout.trim();
  }

  #configuration(): string {
    const host = hostname().split('.')[0] ?? '';
    const at = (name: string) => path.join(this.#folder, name);
    return [
      mark,
      'ClusterName=test',
      `SlurmctldHost=${host}(127.0.0.1)`,
      'SlurmctldPort=26817',
      'SlurmUser=root',
      'SlurmdUser=root',
      `AuthInfo=socket=${at('socket')}`,
      `StateSaveLocation=${at('state')}`,
      `SlurmdSpoolDir=${at('%n')}`,
      ...['Slurmctld', 'Slurmd'].flatMap((daemon) => [
        `${daemon}PidFile=${at(`${daemon}-%n.pid`)}`,
        `${daemon}LogFile=${at(`${daemon}-%n.log`)}`,
      ]),
      'ProctrackType=proctrack/linuxproc',
      'TaskPlugin=task/none',
      'SelectType=select/cons_tres',
      'SelectTypeParameters=CR_CPU_Memory',
      'SchedulerParameters=sched_interval=2,batch_sched_delay=0',
      'SlurmdTimeout=10',
      'KillWait=2',
      'ReturnToService=2',
      'JobRequeue=0',
      'MpiDefault=none',
      ...nodes.map(
        (node, index) =>
          `NodeName=${node} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${26818 + index} CPUs=2 RealMemory=6000`,
      ),
      `PartitionName=main Nodes=${nodes.join(',')} Default=YES MaxTime=INFINITE State=UP`,
      '',
    ].join('\n');
  }
}

/** Processes by what started them and their environment. */
function pids(wanted: (command: string, environment: readonly string[]) => boolean): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => wanted(partsOf(pid, 'cmdline').join(' '), partsOf(pid, 'environ')))
    .map(Number);
}

function partsOf(pid: string, file: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0');
  } catch {
    // It has ended.
    return [];
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
