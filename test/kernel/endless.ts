import type { Client } from './client.js';

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

/** Starts the cell, presses Stop once it runs, and returns the time until it has ended, in milliseconds. */
export async function stopCell(client: Client, code: string): Promise<{ status: unknown; elapsed: number }> {
  const started = client.next(
    ({ type, content }) => type === 'stream' && String(content['text']).includes('started'),
  );
  const cell = client.execute(code);
  const early = await Promise.race([started.then(() => undefined), cell]);
  if (early) throw new Error(`the cell ended before it was stopped: ${JSON.stringify(early.reply)}`);
  const start = performance.now();
  client.send('control', 'interrupt_request', {});
  const { reply } = await cell;
  return { status: reply['status'], elapsed: performance.now() - start };
}
