import { randomUUID } from 'node:crypto';
import { host, type MimeBundle } from './host.js';
import { LearningCurve, type CurveAxis } from './learningCurve.js';
import { escaped } from './html.js';

/** Marks what a notebook shows as progress: its numbers are of the moment, not results. */
export const progressMime = 'application/vnd.roarbook.progress+json';

export interface ProgressOptions {
  /** What is being done: 'standard, seed 0'. */
  label: string;
  /** How many units make the whole. */
  total: number;
  /** What is counted; default 'images'. */
  unit?: string;
  /** What learning curves are drawn against; default units from 0 to `total`. */
  axis?: CurveAxis;
}

/** A running display of how far a computation is: one bar in the terminal, one updating display in a notebook. */
export interface Progress {
  /**
   * Reports units done so far, measurements to show beside them, {epoch: '3/10', loss: 0.41}, and measurements since
   * the last report, {loss: 0.38}, for the learning curves that a notebook shows.
   */
  update(
    done: number,
    fields?: Readonly<Record<string, string | number>>,
    curve?: Readonly<Record<string, number>>,
  ): void;
  /** Ends the display as one line. */
  finish(summary?: string): void;
}

/** Milliseconds between two updates of the display. */
const interval = 500;
/** Milliseconds between two lines of a log. */
const logInterval = 10_000;

/** How far a computation is, at one moment. */
interface Moment {
  readonly label: string;
  /** 0…1. */
  readonly fraction: number;
  /** What stands beside the bar. */
  readonly notes: readonly string[];
  readonly curve: LearningCurve;
}

/** Starts a progress display; it redraws at most twice a second and shows rate and time left. */
export function progress(options: ProgressOptions): Progress {
  const { label, total, unit = 'images', axis = { label: unit, from: 0, to: total } } = options;
  const draw = host() ? notebook() : terminal();
  const curve = new LearningCurve(axis);
  const start = performance.now();
  let drawn = -Infinity;
  let ended = false;
  return {
    update(done, fields = {}, measured) {
      const fraction = Math.min(1, Math.max(0, total > 0 ? done / total : 0));
      if (measured) curve.add(axis.from + fraction * (axis.to - axis.from), measured);
      const now = performance.now();
      if (ended || now - drawn < interval) return;
      drawn = now;
      const rate = done / ((now - start) / 1000);
      const left = rate > 0 ? (total - done) / rate : Infinity;
      const shown = Object.entries(fields).map(([name, value]) => `${name} ${number(value)}`);
      const notes = [...shown, `${number(rate)} ${unit}/s`, `${time(left)} left`];
      draw.moment({ label, fraction, notes, curve });
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
  const show = (data: MimeBundle, ended: boolean) => {
    host()?.display({ [progressMime]: { ended }, ...data }, { id, update: open });
    open = true;
  };
  return {
    moment: (moment) => show({ 'text/html': html(moment), 'text/plain': text(moment) }, false),
    end: (line) => show({ 'text/html': `<div>${escaped(line)}</div>`, 'text/plain': line }, true),
  };
}

/** One line that is drawn over; in a log a new line now and then. */
function terminal(): Drawing {
  const bar = process.stderr.isTTY;
  let printed = performance.now();
  return {
    moment(moment) {
      if (bar) return void process.stderr.write(`\r\x1b[2K${text(moment)}`);
      if (performance.now() - printed < logInterval) return;
      printed = performance.now();
      process.stderr.write(`${text(moment)}\n`);
    },
    end: (line) => void process.stderr.write(`${bar ? '\r\x1b[2K' : ''}${line}\n`),
  };
}

function text({ label, fraction, notes }: Moment): string {
  const filled = Math.round(20 * fraction);
  return [label, '█'.repeat(filled) + '░'.repeat(20 - filled), percent(fraction), ...notes].join('  ');
}

/** Inherits the page's colours, so that it reads in a light and a dark theme. */
function html({ label, fraction, notes, curve }: Moment): string {
  const share = percent(fraction);
  const bar =
    `<progress value="${fraction}" max="1" aria-label="${escaped(label)}" ` +
    `style="width:14em;vertical-align:middle">${share}</progress>`;
  const line = `${escaped(label)} ${bar} ${share} <small>${notes.map(escaped).join(' · ')}</small>`;
  return `<div>${line}${curve.isDrawable ? `<div>${curve.html()}</div>` : ''}</div>`;
}

function percent(fraction: number): string {
  return `${Math.floor(100 * fraction)} %`;
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
