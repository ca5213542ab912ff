import assert from 'node:assert/strict';
import { afterEach, describe, it, mock } from 'node:test';
import type { Host, MimeBundle } from '../../src/display/host.js';
import { progress } from '../../src/display/progress.js';

const key = Symbol.for('jupyter.host');
const globals = globalThis as { [key]?: Partial<Host> };

describe('progress in a notebook', () => {
  const shown: { data: MimeBundle; id: string | undefined; update: boolean | undefined }[] = [];
  const start = () => {
    shown.length = 0;
    globals[key] = {
      display: (data, options) => void shown.push({ data, id: options?.id, update: options?.update }),
    };
    let now = 0;
    mock.method(performance, 'now', () => now);
    return { at: (time: number) => void (now = time) };
  };
  afterEach(() => {
    delete globals[key];
    mock.restoreAll();
  });

  it('updates one display at most twice a second and ends as one line', () => {
    const clock = start();
    const bar = progress({ label: 'a < b', total: 100 });
    for (let time = 0; time <= 2000; time += 100) {
      clock.at(time);
      bar.update(time / 20, { loss: 0.41234 });
    }
    bar.finish('loss 0.4');
    // At 0, 500, 1000, 1500 and 2000 ms, and the end.
    assert.deepEqual(
      shown.map(({ update }) => update),
      [false, true, true, true, true, true],
    );
    assert.equal(new Set(shown.map(({ id }) => id)).size, 1);
    // 50 of 100 in 1 s is 50 a second and 1 s left.
    assert.equal(
      shown[2]?.data['text/plain'],
      'a < b  ██████████░░░░░░░░░░  50 %  loss 0.412  50 images/s  1.0 s left',
    );
    assert.match(String(shown[2]?.data['text/html']), /a &lt; b <progress value="0.5"/);
    assert.equal(shown[5]?.data['text/plain'], 'a < b: loss 0.4 (2.0 s)');
  });

  it('says nothing more once it has ended', () => {
    start();
    const bar = progress({ label: 'x', total: 1 });
    bar.finish();
    bar.update(1);
    bar.finish();
    assert.equal(shown.length, 1);
  });
});
