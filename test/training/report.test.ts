import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Host, MimeBundle } from '../../src/display/host.js';
import { InterruptedError } from '../../src/errors.js';
import { seeded } from '../../src/random.js';
import { trainStandard } from '../../src/training/standard.js';
import { temporaryFolder } from '../fixtures/temporaryFolder.js';
import { longOptions, quarters, tinyModel } from './toy.js';

const key = Symbol.for('jupyter.host');
const globals = globalThis as { [key]?: unknown };

/** The last text that a training shows which the user stops before its seventh step; three steps make an epoch. */
async function stoppedText(options: { checkpoint?: string }): Promise<string> {
  const shown: MimeBundle[] = [];
  let asked = 0;
  globals[key] = {
    display: (data: MimeBundle) => void shown.push(data),
    signal: {
      get aborted() {
        return ++asked > 6;
      },
    },
  } satisfies Pick<Host, 'display'> & { signal: { aborted: boolean } };
  const training = trainStandard(tinyModel(), quarters(64), {
    ...longOptions,
    quiet: false,
    label: 'toy',
    random: seeded(5),
    ...options,
  });
  await assert.rejects(training, InterruptedError);
  delete globals[key];
  return String(shown.at(-1)?.['text/plain']);
}

describe("a training's progress", () => {
  it('tells of epochs that are shorter than the time between two readings', async (t) => {
    const shown: string[] = [];
    let now = 0;
    // Some milliseconds each time that anybody looks: half a second is never over within an epoch of three steps.
    t.mock.method(performance, 'now', () => (now += 40));
    const { signal } = new AbortController();
    globals[key] = { display: (data: MimeBundle) => void shown.push(String(data['text/plain'])), signal };
    t.after(() => delete globals[key]);
    await trainStandard(tinyModel(), quarters(64), {
      ...{ epochs: 40, batchSize: 24, quiet: false, label: 'toy', random: seeded(5) },
    });
    const epochs = shown.flatMap((text) => /epoch (\d+)\/40/.exec(text)?.[1] ?? []).map(Number);
    // The first is drawn at once, the others half a second apart.
    assert.equal(epochs[0], 1);
    assert.ok(epochs.length > 2 && Number(epochs.at(-1)) > 20, `epochs shown: ${epochs.join(', ')}`);
  });

  it('ends by saying where it was stopped and what to do', async () => {
    const text = await stoppedText({ checkpoint: `${temporaryFolder()}/training` });
    assert.match(text, /^toy: stopped at epoch 3; run the cell again to continue \(/);
  });

  it('says when there is nothing to continue from', async () => {
    assert.match(await stoppedText({}), /stopped at epoch 3; run the cell again to start over/);
  });
});
