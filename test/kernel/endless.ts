import type { Client } from './client.js';
import { stopwatch } from './stopwatch.js';

/** Cells that never end by themselves; each prints `started` first. */
export const endless: Record<string, string> = {
  'a loop at the top level': 'console.log("started"); while (true) {}',
  'a loop after an await': 'console.log("started"); await null; for (;;) {}',
  'an await for ever': 'console.log("started"); await new Promise(() => {})',
  'a loop in a timer':
    'setTimeout(() => { console.log("started"); for (;;) {} }); await new Promise(() => {})',
  'a loop in a microtask':
    'queueMicrotask(() => { console.log("started"); while (true) {} }); await new Promise(() => {})',
  'a chain of microtasks':
    'const spin = (): any => Promise.resolve().then(spin); console.log("started"); void spin(); await new Promise(() => {})',
  'an async function that is not awaited':
    'void (async () => { await null; console.log("started"); for (;;) {} })(); await new Promise(() => {})',
  'a loop that catches': 'console.log("started"); for (;;) { try { for (;;) {} } catch {} }',
  'a loop of short sleeps': 'console.log("started"); for (;;) await new Promise((r) => setTimeout(r, 1))',
  'a loop in code of a package': 'console.log("started"); new Function("for (;;) {}")()',
  'a loop in code of a package after an await':
    'console.log("started"); await null; new Function("for (;;) {}")()',
  'a loop in a timer of a package':
    'console.log("started"); const spin = new Function("for (;;) {}"); setTimeout(() => spin()); await new Promise(() => {})',
  'a chain of process.nextTick in a package':
    'console.log("started"); new Function("process", "const f = () => process.nextTick(f); f()")(process); await new Promise(() => {})',
  'a loop that catches, in a package':
    'console.log("started"); new Function("for (;;) { try { for (;;) {} } catch {} finally { for (;;) {} } }")()',
  'a regular expression that backtracks': 'console.log("started"); /^(a+)+$/.test("a".repeat(60) + "b")',
  'a wait for another thread':
    'console.log("started"); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)',
  'a package that prints for ever':
    'console.log("started"); new Function("console", "for (;;) console.log(1)")(console)',
  'a child process':
    'import {execSync} from "node:child_process"; console.log("started"); execSync("sleep 100")',
};

/** Cells whose work goes on by itself, and what counts it; each prints `started` first. */
export const background: Record<string, readonly [code: string, count: string]> = {
  'a timer': ['let ticks = 0; setInterval(() => ticks++, 1); console.log("started")', 'ticks'],
  'a package that sleeps again and again': [
    `let naps = 0; const count = () => naps++; console.log("started");
    const nap = new Function('sleep', 'count', 'return (async () => { for (;;) { await sleep(1); count() } })()');
    void nap(require('timers/promises').setTimeout, count); void nap(require('util').promisify(setTimeout), count)`,
    'naps',
  ],
  'file reads that each begin the next': [
    `import {readFile} from 'node:fs'; let reads = 0; console.log("started");
    const next = () => { reads++; readFile('node_modules/typescript/lib/typescript.js', next) }; next(); next()`,
    'reads',
  ],
  'ports that answer each other': [
    `import {MessageChannel as Ports} from 'node:worker_threads'; let answers = 0; const {port1, port2} = new Ports();
    port1.on('message', () => { answers++; port1.postMessage(1) }); port2.on('message', () => port2.postMessage(1));
    port1.postMessage(1); port2.postMessage(1); console.log("started")`,
    'answers',
  ],
  'a worker thread': [
    `import {Worker} from 'node:worker_threads'; const turns = new Int32Array(new SharedArrayBuffer(4));
    new Worker('for (const t = require("worker_threads").workerData; ; ) Atomics.add(t, 0, 1)',
      {eval: true, workerData: turns}); console.log("started")`,
    'turns[0]',
  ],
  'a child process': [
    `import {spawn} from 'node:child_process'; let printed = 0;
    const child = spawn(process.execPath, ['-e', 'setInterval(() => console.log(1), 2)']);
    child.stdout.on('data', () => printed++); console.log("started")`,
    'printed',
  ],
};

/** Starts the cell, presses Stop once it runs, and returns the time until it has ended, in milliseconds. */
export async function stopCell(client: Client, code: string): Promise<{ status: unknown; elapsed: number }> {
  const started = client.next(
    ({ type, content }) => type === 'stream' && String(content['text']).includes('started'),
  );
  const cell = client.execute(code);
  const early = await Promise.race([started.then(() => undefined), cell]);
  if (early) throw new Error(`the cell ended before it was stopped: ${JSON.stringify(early.reply)}`);
  const elapsed = stopwatch(client.kernel.pid);
  client.send('control', 'interrupt_request', {});
  const { reply } = await cell;
  return { status: reply['status'], elapsed: elapsed() };
}
