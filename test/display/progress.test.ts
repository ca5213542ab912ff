import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import type { Host, MimeBundle } from '../../src/display/host.js';
import { progress } from '../../src/display/progress.js';
import { Front } from './front.js';

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

  it('draws what was measured since the last report, and marks itself as progress', () => {
    const clock = start();
    const bar = progress({ label: 'x', total: 100, axis: { label: 'epoch', from: 0, to: 10 } });
    bar.update(0, {}, { loss: 3 });
    // Too soon to be shown, but the curve has it.
    bar.update(50, {}, { loss: 2 });
    clock.at(500);
    bar.update(100, {}, { loss: 1 });
    // 220 pixels for ten epochs, 60 for losses from 3 down to 1, two from the edges.
    assert.match(String(shown[1]?.data['text/html']), /points="0\.0,2\.0 110\.0,32\.0 220\.0,62\.0"/);
    assert.match(String(shown[1]?.data['text/html']), /aria-label="loss from 3 to 1"/);
    assert.match(String(shown[1]?.data['text/html']), /epoch 0<.*>10</);
    assert.deepEqual(shown[1]?.data['application/vnd.roarbook.progress+json'], { ended: false });
    bar.finish();
    assert.doesNotMatch(String(shown[2]?.data['text/html']), /svg/);
    assert.deepEqual(shown[2]?.data['application/vnd.roarbook.progress+json'], { ended: true });
  });

  it('goes on where an earlier run stopped: the bar and the curve from the start, the rate of this run', () => {
    const clock = start();
    const measured = [{ done: 20, values: { loss: 3 } }];
    const bar = progress({ label: 'x', total: 100, done: 40, measured });
    clock.at(1000);
    bar.update(50, {}, { loss: 1 });
    // 10 in this second, and 50 to go.
    assert.match(String(shown[0]?.data['text/plain']), /50 %  10 images\/s  5\.0 s left/);
    assert.match(String(shown[0]?.data['text/html']), /points="44\.0,2\.0 110\.0,62\.0"/);
  });

  it('shows 100,000 measurements in less than 10 kB', () => {
    const clock = start();
    const bar = progress({ label: 'x', total: 100_000 });
    for (let done = 0; done <= 100_000; done++) {
      clock.at(done);
      bar.update(done, {}, { loss: 1 / (done + 1) });
    }
    const sizes = shown.map(({ data }) => JSON.stringify(data).length);
    assert.equal(shown.length, 201);
    assert.ok(Math.max(...sizes) < 10_000, `got ${Math.max(...sizes)} bytes`);
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

describe('progress in a notebook with widgets', () => {
  const view = 'application/vnd.jupyter.widget-view+json';
  const shown: { data: MimeBundle; id: string | undefined; update: boolean | undefined }[] = [];
  let front: Front;
  let now = 0;
  beforeEach(() => {
    [shown.length, now] = [0, 0];
    front = new Front();
    globals[key] = Object.assign(front, {
      display: (data: MimeBundle, options?: { id?: string; update?: boolean }) =>
        void shown.push({ data, id: options?.id, update: options?.update }),
    });
    mock.method(performance, 'now', () => now);
  });
  afterEach(() => {
    delete globals[key];
    mock.restoreAll();
  });

  /** Reports each second for a minute, with what a page that is loaded again asks after ten. */
  function aMinute({ reload = false } = {}): void {
    const bar = progress({ label: 'x', total: 60 });
    for (let second = 0; second < 60; second++) {
      now = 1000 * second;
      bar.update(second);
      if (reload && second === 10) front.receivers[0]?.({ data: { method: 'request_state' } });
    }
    bar.finish('ready');
  }

  it('changes a widget, now and then what the file keeps, and ends as a line without the widget', () => {
    aMinute();
    // At the start with the widget after it, after 30 s, and the end of both.
    assert.deepEqual(
      shown.map(({ data, update }) => [view in data, update]),
      [
        [false, false],
        [true, undefined],
        [false, true],
        [false, true],
        [false, true],
      ],
    );
    assert.equal(shown[4]?.id, shown[1]?.id);
    assert.equal(shown[4]?.data['text/html'], '');
    assert.match(String(shown[2]?.data['text/plain']), /50 %/);
    assert.equal(shown[3]?.data['text/html'], '<div>x: ready (59 s)</div>');
    assert.equal(front.sent.length, 60);
    assert.equal(front.closed, 1);
  });

  it('says in the file what to do should the kernel be gone, and hides that while it is not', () => {
    aMinute();
    const kept = String(shown[0]?.data['text/html']);
    assert.match(kept, /If the kernel has ended since, run the cell again/);
    const [, name = ''] = /class="roarbook-still-([^"]+)"/.exec(kept) ?? [];
    assert.ok(kept.includes(` .roarbook-live-${name}))`), kept);
    const { state } = front.sent[0]?.data as { state: { value: string } };
    assert.ok(state.value.includes(`class="roarbook-live-${name}"`), state.value);
  });

  it('leaves its last line in the widget of a page that was loaded again', () => {
    aMinute({ reload: true });
    const { state } = front.sent.at(-1)?.data as { state: { value: string } };
    assert.match(state.value, /^<div>x: ready \(59 s\)<\/div>/);
    assert.equal(front.closed, 0);
  });
});
