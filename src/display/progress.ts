import { randomUUID } from 'node:crypto';
import { host } from './host.js';

export interface ProgressOptions {
  /** What is being done: 'standard, seed 0'. */
  label: string;
  /** How many units make the whole. */
  total: number;
  /** What is counted; default 'images'. */
  unit?: string;
}

/** A running display of how far a computation is: one bar in the terminal, one updating display in a notebook. */
export interface Progress {
  /** Reports units done so far, and measurements to show beside them: {epoch: '3/10', loss: 0.41}. */
  update(done: number, fields?: Readonly<Record<string, string | number>>): void;
  /** Ends the display as one line. */
  finish(summary?: string): void;
}

/** Starts a progress display; it redraws at most twice a second and shows rate and time left. */
export function progress({ label, total, unit = 'images' }: ProgressOptions): Progress {
  const kernel = host();
  const id = randomUUID();
  const start = performance.now();
  let drawn = -Infinity;
  let open = false;
  const draw = (line: string, last: boolean) => {
    if (kernel) kernel.display({ 'text/plain': line }, { id, update: open });
    else if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${line}${last ? '\n' : ''}`);
    else if (last) process.stderr.write(`${line}\n`);
    open = true;
  };
  return {
    update(done, fields = {}) {
      const now = performance.now();
      if (now - drawn < 500) return;
      drawn = now;
      const rate = done / ((now - start) / 1000);
      const left = rate > 0 ? (total - done) / rate : Infinity;
      const shown = Object.entries(fields).map(([name, value]) => `${name} ${value}`);
      draw(
        [label, bar(done / total), ...shown, `${rate.toFixed(0)} ${unit}/s`, `${time(left)} left`].join('  '),
        false,
      );
    },
    finish(summary) {
      draw(`${label}: ${summary ?? 'done'} (${time((performance.now() - start) / 1000)})`, true);
    },
  };
}

function bar(fraction: number): string {
  const filled = Math.round(20 * Math.min(1, Math.max(0, fraction)));
  return '█'.repeat(filled) + '░'.repeat(20 - filled);
}

function time(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
