import { randomUUID } from 'node:crypto';
import { host, type MimeBundle } from './host.js';

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

/** Milliseconds between two updates of the display. */
const interval = 500;

/** How far a computation is, at one moment. */
interface Moment {
  readonly label: string;
  /** 0…1. */
  readonly fraction: number;
  /** What stands beside the bar. */
  readonly notes: readonly string[];
}

/** Starts a progress display; it redraws at most twice a second and shows rate and time left. */
export function progress({ label, total, unit = 'images' }: ProgressOptions): Progress {
  const draw = host() ? notebook() : terminal();
  const start = performance.now();
  let drawn = -Infinity;
  let ended = false;
  return {
    update(done, fields = {}) {
      const now = performance.now();
      if (ended || now - drawn < interval) return;
      drawn = now;
      const rate = done / ((now - start) / 1000);
      const left = rate > 0 ? (total - done) / rate : Infinity;
      const shown = Object.entries(fields).map(([name, value]) => `${name} ${number(value)}`);
      const fraction = Math.min(1, Math.max(0, total > 0 ? done / total : 0));
      draw.moment({ label, fraction, notes: [...shown, `${number(rate)} ${unit}/s`, `${time(left)} left`] });
    },
    finish(summary = 'done') {
      if (ended) return;
      ended = true;
      draw.end(`${label}: ${summary} (${time((performance.now() - start) / 1000)})`);
    },
  };
}

interface Drawing {
  moment(moment: Moment): void;
  end(line: string): void;
}

/** One display that is changed in place; the file keeps only its last state. */
function notebook(): Drawing {
  const id = randomUUID();
  let open = false;
  const show = (data: MimeBundle) => {
    host()?.display(data, { id, update: open });
    open = true;
  };
  return {
    moment: (moment) => show({ 'text/html': html(moment), 'text/plain': text(moment) }),
    end: (line) => show({ 'text/html': `<div>${escaped(line)}</div>`, 'text/plain': line }),
  };
}

function terminal(): Drawing {
  const bar = process.stderr.isTTY;
  return {
    moment: (moment) => void (bar && process.stderr.write(`\r\x1b[2K${text(moment)}`)),
    end: (line) => void process.stderr.write(`${bar ? '\r\x1b[2K' : ''}${line}\n`),
  };
}

function text({ label, fraction, notes }: Moment): string {
  const filled = Math.round(20 * fraction);
  return [label, '█'.repeat(filled) + '░'.repeat(20 - filled), percent(fraction), ...notes].join('  ');
}

/** Inherits the page's colours, so that it reads in a light and a dark theme. */
function html({ label, fraction, notes }: Moment): string {
  const share = percent(fraction);
  const bar =
    `<progress value="${fraction}" max="1" aria-label="${escaped(label)}" ` +
    `style="width:14em;vertical-align:middle">${share}</progress>`;
  return `<div>${escaped(label)} ${bar} ${share} <small>${notes.map(escaped).join(' · ')}</small></div>`;
}

function percent(fraction: number): string {
  return `${Math.floor(100 * fraction)} %`;
}

function escaped(plain: string): string {
  return plain.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}

function number(value: string | number): string {
  if (typeof value === 'string') return value;
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

function time(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const rounded = Math.round(seconds);
  if (rounded < 3600) return `${Math.floor(rounded / 60)} min ${rounded % 60} s`;
  return `${Math.floor(rounded / 3600)} h ${Math.round((rounded % 3600) / 60)} min`;
}
