import { existsSync } from 'node:fs';
import { duration } from '../../display/amounts.js';
import { escaped } from '../../display/html.js';
import type { SweepFolder } from './folder.js';
import { lastLines } from './state.js';
import type { FailedJob, RunningJob, SweepState } from './state.js';

/** Rows that a table shows of each kind. */
const shownRows = 20;

/** A sweep's state in one line. */
export function summary({ jobs, done, running, failed, secondsLeft, active }: SweepState): string {
  const waiting = jobs - done - running.length - failed.length;
  const left = done < jobs ? `; about ${duration(secondsLeft)} of computing left` : '';
  return `${done} of ${jobs} jobs done, ${running.length} running, ${waiting} ${active ? 'waiting' : 'not begun'}, ${failed.length} failed${left}`;
}

/** What an ended sweep lacks, and the command that continues it. */
export function report(
  state: SweepState,
  { command, folder }: { command: string; folder: SweepFolder },
): string {
  if (state.done === state.jobs) return `Everything is computed (${state.jobs} jobs).`;
  // Without a failed job the engine itself tells why it ended.
  const engine = state.failed.length > 0 || !existsSync(folder.log) ? [] : lastLines(folder.log);
  const failures = state.failed.flatMap(({ label, lines, log }) => [
    `✗ ${label}`,
    ...lines.map((line) => `    ${line}`),
    `    ${log}`,
  ]);
  return [
    `The sweep ended early: ${summary(state)}.`,
    ...failures,
    ...engine.map((line) => `    ${line}`),
    `The engine's log: ${folder.log}`,
    `What is computed is kept. To continue: ${command}`,
  ].join('\n');
}

/** The command that continues a sweep, as a shell reads it. */
export function commandLine(args: readonly string[]): string {
  const quoted = args.map((word) =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`,
  );
  return ['npx', 'roarbook', ...quoted].join(' ');
}

/** A sweep's state for a notebook: what runs, what failed, and how many jobs wait. */
export function stateTable(state: SweepState): string {
  const rows = [
    ...state.running.slice(0, shownRows).map(runningRow),
    ...state.failed.slice(0, shownRows).map(failedRow),
  ];
  const share = state.jobs === 0 ? 1 : state.done / state.jobs;
  const bar = `<progress value="${share}" max="1" aria-label="jobs done" style="width:14em;vertical-align:middle"></progress>`;
  const head = '<tr><th style="text-align:left">job</th><th style="text-align:left">state</th></tr>';
  const table = rows.length > 0 ? `<table><thead>${head}</thead><tbody>${rows.join('')}</tbody></table>` : '';
  return `<div>${bar} ${escaped(summary(state))}</div>${table}`;
}

function runningRow({ label, by, progress }: RunningJob): string {
  return row(label, `running: ${escaped(progress)} <small>${escaped(by)}</small>`);
}

function failedRow({ label, lines, log }: FailedJob): string {
  return row(label, `failed<pre>${escaped(lines.join('\n'))}</pre><small>${escaped(log)}</small>`);
}

function row(label: string, state: string): string {
  return `<tr><td style="text-align:left">${escaped(label)}</td><td style="text-align:left">${state}</td></tr>`;
}
