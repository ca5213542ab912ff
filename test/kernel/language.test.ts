import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Language } from '../../src/kernel/language.js';
import { builtCli, root } from './built.js';
import { Client } from './client.js';
import { stopwatch } from './stopwatch.js';

it('a compiler that runs out of memory says so, and a new one knows the earlier cells', async (test) => {
  const client = await Client.start({ env: { NODE_OPTIONS: '--max-old-space-size=150' } });
  test.after(() => client.stop());
  await client.execute('const kept = 7; interface Point { x: number }');
  await client.execute('const kept2: Point = { x: 2 }; throw new Error(); const unreached = 1');
  // Three million nodes of about 150 bytes: three times as much as the heap may hold.
  const { reply, outputs } = await client.execute(`[${'1,'.repeat(3e6)}]`);
  assert.equal(reply['ename'], 'CompilerError');
  assert.match(String(reply['evalue']), /memory limit/);
  const said = outputs.find(({ type }) => type === 'stream');
  assert.match(String(said?.content['text']), /a new one reads the earlier cells again. Variables are kept/);
  assert.equal(await client.text('const sum = kept + kept2.x; sum'), '9');
  assert.match(await client.text('const text: string = kept'), /TS2322/);
  assert.match(await client.text('unreached'), /Cannot find name 'unreached'/);
});

/** The built one: it starts its worker from a file of JavaScript. */
async function newLanguage(cwd: string, lost: (reason: string) => void) {
  const file = builtCli().replace(/cli\.js$/, 'kernel/language.js');
  const built = (await import(file)) as { Language: typeof Language };
  return new built.Language(cwd, lost);
}

/** 10¹⁰ instantiations: seconds at least. */
const slowTypes = `type N = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;
  type Long = \`\${N}\${N}\${N}\${N}\`; type Pair<A, B> = A extends string ? B extends string ? [A, B] : 0 : 0;
  declare const pairs: Pair<Long, Long>; const one: string = pairs; console.log('ran')`;

it('Stop does not wait for a compiler that is busy, and the next cell finds the earlier names', async (test) => {
  const client = await Client.start();
  test.after(() => client.stop());
  await client.execute('const kept = 7');
  const echoed = client.next(({ type }) => type === 'execute_input');
  const cell = client.execute(slowTypes);
  await echoed;
  const elapsed = stopwatch(client.kernel.pid);
  await client.request('interrupt_request', {}, 'control');
  const { reply, outputs } = await cell;
  const time = elapsed();
  assert.ok(time < 500, `took ${time} ms`);
  assert.equal(reply['evalue'], 'the cell was stopped before it ran');
  assert.ok(!outputs.some(({ type }) => type === 'stream'));
  assert.match(await client.text('kept + 1'), /8$/);
});

it('knows the names of a cell during which it died', async (test) => {
  const language = await newLanguage(root, () => undefined);
  test.after(() => language.close());
  const code = 'const kept: number = 7';
  await language.ask('convert', { code, count: 1, check: true });
  language.cancel('a test');
  language.commit({ code, count: 1, reached: 9 });
  const found = await language.ask('convert', { code: 'const text: string = kept', count: 2, check: true });
  assert.ok(!found.ok && found.diagnostics[0]?.code === 2322, JSON.stringify(found));
});

it('gives up on a compiler that never comes up', async (test) => {
  // Reading the library's types alone takes twice as much.
  const client = await Client.start({ env: { NODE_OPTIONS: '--max-old-space-size=40' } });
  test.after(() => client.stop());
  const said: unknown[] = [];
  for (let tries = 0; tries < 4; tries++) said.push((await client.execute('1')).reply['evalue']);
  assert.match(String(said[3]), /the compiler ended 3 times in a row .* restart the kernel/);
  assert.equal((await client.request('is_complete_request', { code: '1' })).reply['status'], 'error');
});
