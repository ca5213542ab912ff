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
  it('ends by saying where it was stopped and what to do', async () => {
    const text = await stoppedText({ checkpoint: `${temporaryFolder()}/training` });
    assert.match(text, /^toy: stopped at epoch 3; run the cell again to continue \(/);
  });

  it('says when there is nothing to continue from', async () => {
    assert.match(await stoppedText({}), /stopped at epoch 3; run the cell again to start over/);
  });
});
