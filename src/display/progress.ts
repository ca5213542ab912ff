import { randomUUID } from 'node:crypto';
import { displaySymbol } from './format.js';
import { host, type MimeBundle } from './host.js';
import { escaped } from './html.js';
import { LearningCurve, type CurveAxis } from './learningCurve.js';
import { htmlWidget } from './widgets/controls.js';
import { hidesStill, stillHtml } from './widgets/still.js';
import { hasWidgets, widgetMime } from './widgets/widget.js';

/** Marks what a notebook shows as progress: its numbers are of the moment, not results. */
export const progressMime = 'application/vnd.roarbook.progress+json';

/** What a progress display counts, and what its learning curves start with. */
export interface ProgressOptions {
  /** What is being done: 'standard, seed 0'. */
  label: string;
  /** How many units make the whole. */
  total: number;
  /** Units that an earlier run has done, default 0; they count for the bar, not for the rate. */
  done?: number;
  /** What the earlier run measured, for the learning curves. */
  measured?: readonly {
    /** Units that were done by then. */
    readonly done: number;
    /** By name, one curve each: {loss: 0.38}. */
    readonly values: Readonly<Record<string, number>>;
  }[];
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
/** Milliseconds between two updates of what stands in the file, where a widget shows the newest state. */
const stillInterval = 30_000;
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
  const { label, total, done: before = 0, measured: earlier = [], unit = 'images' } = options;
  const { axis = { label: unit, from: 0, to: total } } = options;
  const draw = host() ? notebook() : terminal();
  const curve = new LearningCurve(axis);
  const share = (done: number) => Math.min(1, Math.max(0, total > 0 ? done / total : 0));
  const measure = (done: number, values: Readonly<Record<string, number>>) =>
    curve.add(axis.from + share(done) * (axis.to - axis.from), values);
  for (const { done, values } of earlier) measure(done, values);
  const start = performance.now();
  let drawn = -Infinity;
  let ended = false;
  return {
    update(done, fields = {}, measured) {
      if (measured) measure(done, measured);
      const now = performance.now();
      if (ended || now - drawn < interval) return;
      drawn = now;
      const rate = (done - before) / ((now - start) / 1000);
      const left = rate > 0 ? (total - done) / rate : Infinity;
      const shown = Object.entries(fields).map(([name, value]) => `${name} ${number(value)}`);
      const notes = [...shown, `${number(rate)} ${unit}/s`, `${time(left)} left`];
      draw.moment({ label, fraction: share(done), notes, curve });
    },
    finish(summary = 'done') {
      if (ended) return;
      ended = true;
      draw.end(`${label}: ${summary} (${time((performance.now() - start) / 1000)})`);
    },
  };
}

/** Said of a run whose kernel was gone before its end. */
const unfinished =
  '<div><small>The last that the file was told. If the kernel has ended since, run the cell again.</small></div>';

/** An output that shows nothing, and is no result. */
const nothing: MimeBundle = { [progressMime]: { ended: false }, 'text/html': '', 'text/plain': '' };

interface Drawing {
  moment(moment: Moment): void;
  end(line: string): void;
}

/**
 * One display that is changed in place; the file keeps only its last state. Where there are widgets, one stands for it: a
 * page that is loaded again while the cell runs hears nothing of the cell's outputs, but finds its widgets and follows
 * them. It is an output of its own, right after what the file keeps for when its kernel is gone; a page whose widgets
 * come later finds it in the place of that.
 */
function notebook(): Drawing {
  const id = randomUUID();
  let shown = -Infinity;
  let widget: ReturnType<typeof htmlWidget> | undefined;
  let isPaired = false;
  const show = (data: MimeBundle, ended: boolean) => {
    host()?.display({ [progressMime]: { ended }, ...data }, { id, update: shown > -Infinity });
    shown = performance.now();
  };
  return {
    moment(moment) {
      const drawn = html(moment);
      const isNew = !widget && hasWidgets();
      if (isNew) {
        widget = htmlWidget('');
        isPaired = shown === -Infinity;
      }
      widget?.set({ value: drawn + hidesStill(id) });
      if (widget && !isNew && performance.now() - shown < stillInterval) return;
      // Without a text: once it is closed, a viewer without widgets has nothing to show of it.
      const view = widget && { [widgetMime]: widget[displaySymbol]()[widgetMime] };
      const value = isPaired ? stillHtml(id, drawn + unfinished) : drawn;
      show({ ...(!isPaired && view), 'text/html': value, 'text/plain': text(moment) }, false);
      if (isNew && isPaired && view) host()?.display(view, { id: `${id}-live` });
    },
    end(line) {
      const value = `<div>${escaped(line)}</div>`;
      show({ 'text/html': value, 'text/plain': line }, true);
      // The file must not keep a widget that is gone: JupyterLab would say 'model not found' for it.
      if (isPaired) host()?.display(nothing, { id: `${id}-live`, update: true });
      // A page that shows the widget in place of the output needs it for its last line.
      if (widget?.isRestored) widget.set({ value: value + hidesStill(id) });
      else widget?.close();
    },
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
