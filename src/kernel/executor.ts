import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { fileURLToPath } from 'node:url';
import {
  commandsFd,
  endMark,
  reportsFd,
  watchdogFd,
  type Command,
  type Outcome,
  type Report,
} from './execution/protocol.js';
import { encodeFrame, FrameReader } from './frames.js';
import { causeOfDeath, signalGroup } from './processGroup.js';

/** What the execution process tells the kernel. */
export interface ExecutorEvents {
  report(report: Report, parts: readonly Uint8Array[]): void;
  /** Text that native code or a child process wrote. */
  raw(name: 'stdout' | 'stderr', text: string): void;
  /** The process ended, by itself or because nothing else could stop it; variables are gone. */
  lost(reason: string): void;
  /** A Stop has begun, or is over. */
  stopping(on: boolean): void;
}

/** How a cell ended, and how many of its statements were reached. */
export type Ended = Outcome & { reached: number };

/** Milliseconds after which a Stop that has not ended the cell is said again, and again. */
const again = 500;
/** After so many milliseconds the user reads that only a restart of the process may help. */
const hint = 700;
/** The same while packages are loaded ahead of a cell: they end by themselves. */
const loadingHint = 5000;

interface Running {
  readonly run: number;
  readonly end: (ended: Ended) => void;
  /** What is still to come before the cell counts as ended. */
  readonly missing: Set<'report' | 'stdout' | 'stderr'>;
  outcome?: Ended;
}

/** Starts the execution process, runs cells in it and stops them. */
export class Executor {
  private child: ChildProcess | undefined;
  private running: Running | undefined;
  private runs = 0;
  private interrupts = 0;
  private stopping: NodeJS.Timeout[] = [];
  private hinted = false;
  /** Lists of packages that are being loaded. */
  private loading = 0;
  private closed = false;

  constructor(
    private readonly cwd: string,
    private readonly events: ExecutorEvents,
    private readonly addSource: (source: Readable) => () => void,
  ) {
    this.start();
  }

  /** Process id, for tests and messages. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  run(cell: Omit<Extract<Command, { t: 'run' }>, 't' | 'run'>): Promise<Ended> {
    const run = ++this.runs;
    return new Promise((end) => {
      this.running = { run, end, missing: new Set(['report', 'stdout', 'stderr']) };
      this.send({ t: 'run', run, ...cell });
    });
  }

  /** Begins to load packages while the cell that imports them is compiled. */
  prefetch(packages: string[]): void {
    this.loading++;
    this.send({ t: 'prefetch', packages });
  }

  send(command: Command, parts: readonly Uint8Array[] = []): void {
    this.pipe(commandsFd)?.write(encodeFrame(command, parts));
  }

  /**
   * Climbs the ladder: raise the flag that the user's code asks for, end loops that do not ask by force (both in
   * execution/watchdog.ts), tell the event loop; say it all again while the cell goes on; then say that native code has
   * to return. A second Stop after that hint restarts the process.
   */
  interrupt(): void {
    if (this.hinted) {
      this.hinted = false;
      this.kill();
      return;
    }
    if (this.stopping.length > 0) return;
    this.events.stopping(true);
    this.stop();
    const repeat = setInterval(() => this.stop(), again);
    const late = setTimeout(
      () => {
        this.hinted = true;
        this.events.raw(
          'stderr',
          'Stop: waiting for native code to return, or a package to load. Press Stop again to restart the process (its variables are then lost).\n',
        );
      },
      this.loading > 0 ? loadingHint : hint,
    );
    this.stopping.push(repeat, late);
  }

  private stop(): void {
    this.pipe(watchdogFd)?.write('s');
    this.send({ t: 'interrupt', n: ++this.interrupts });
  }

  /** Ends the process and everything that it started. */
  close(): void {
    this.closed = true;
    this.kill();
  }

  private kill(): void {
    if (this.child) signalGroup(this.child, 'SIGKILL');
  }

  private pipe(fd: number): Writable | undefined {
    return (this.child?.stdio[fd] as Writable | null | undefined) ?? undefined;
  }

  private start(): void {
    const child = spawn(
      process.execPath,
      [
        '--experimental-vm-modules',
        '--experimental-import-meta-resolve',
        '--disable-warning=ExperimentalWarning',
        fileURLToPath(new URL('./execution/main.js', import.meta.url)),
      ],
      // A process group of its own: signals reach what the cells start, and nothing of it outlives the kernel.
      { cwd: this.cwd, stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'], detached: true },
    );
    this.child = child;
    this.interrupts = 0;
    this.loading = 0;
    const reader = new FrameReader<Report>();
    const reports = child.stdio[reportsFd] as Readable;
    reports.on('data', (chunk: Buffer) => {
      for (const { head, parts } of reader.push(chunk)) this.report(head, parts);
    });
    const removals = [this.addSource(reports)];
    for (const name of ['stdout', 'stderr'] as const) {
      const stream = child[name] as Readable;
      removals.push(this.addSource(stream));
      const text = new StringDecoder('utf8');
      let rest = '';
      stream.on('data', (chunk: Buffer) => {
        rest = this.rawText(name, rest + text.write(chunk));
      });
    }
    for (const fd of [watchdogFd, commandsFd]) this.pipe(fd)?.on('error', () => undefined);
    child.on('exit', (code, signal) => {
      signalGroup(child, 'SIGKILL');
      // What the process wrote last is still in the pipes: 'close' comes after it, unless a stray child holds them open.
      const done = () => {
        clearTimeout(late);
        for (const remove of removals) remove();
        this.ended(child, code, signal);
      };
      const late = setTimeout(done, 500);
      child.once('close', done);
    });
  }

  /** Passes text on, without the marks that end a cell; returns what may be the beginning of a mark. */
  private rawText(name: 'stdout' | 'stderr', text: string): string {
    let rest = text;
    for (let at = rest.indexOf('\u0000'); at >= 0; at = rest.indexOf('\u0000')) {
      const end = rest.indexOf('\u0002', at);
      if (end < 0 && rest.length - at < 32) break;
      const run = this.running;
      if (run && rest.startsWith(endMark(run.run), at)) {
        if (at > 0) this.events.raw(name, rest.slice(0, at));
        rest = rest.slice(at + endMark(run.run).length);
        run.missing.delete(name);
        this.finish();
      } else {
        this.events.raw(name, rest.slice(0, at + 1));
        rest = rest.slice(at + 1);
      }
    }
    const keep = rest.indexOf('\u0000');
    if (keep < 0) {
      if (rest !== '') this.events.raw(name, rest);
      return '';
    }
    if (keep > 0) this.events.raw(name, rest.slice(0, keep));
    return rest.slice(keep);
  }

  private report(report: Report, parts: readonly Uint8Array[]): void {
    if (report.t === 'acknowledged') {
      // The event loop is free, but what waits in the cell may have a moment left, or catch the stop.
      if (!this.running) this.calm();
    } else if (report.t === 'done' && this.running?.run === report.run) {
      const { running } = this;
      running.outcome = report;
      running.missing.delete('report');
      this.finish();
    } else if (report.t === 'prefetched') this.loading--;
    else this.events.report(report, parts);
  }

  private finish(): void {
    const { running } = this;
    if (!running?.outcome || running.missing.size > 0) return;
    this.running = undefined;
    this.calm();
    running.end(running.outcome);
  }

  private calm(): void {
    if (this.stopping.length > 0) this.events.stopping(false);
    for (const timer of this.stopping.splice(0)) clearTimeout(timer);
    this.hinted = false;
  }

  private ended(child: ChildProcess, code: number | null, signal: NodeJS.Signals | null): void {
    if (this.child !== child || this.closed) return;
    const reason = causeOfDeath(code, signal);
    const { running } = this;
    this.running = undefined;
    this.calm();
    this.start();
    this.events.lost(reason);
    const evalue = `the process that runs the cells ${reason}; its variables are lost, and a fresh one is ready`;
    running?.end({
      status: 'error',
      ename: 'ExecutionProcessEnded',
      evalue,
      traceback: [`ExecutionProcessEnded: ${evalue}`],
      reached: 0,
    });
  }
}
