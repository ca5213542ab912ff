import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { floatSlider, imageWidget, row } from '../../../src/display/widgets/controls.js';
import { ArgumentError } from '../../../src/errors.js';
import { Front } from '../front.js';

const key = Symbol.for('jupyter.host');
const globals = globalThis as { [key]?: unknown };

describe('a widget', () => {
  let front: Front;
  beforeEach(() => (globals[key] = front = new Front()));
  afterEach(() => delete globals[key]);

  it('opens with its state, bytes apart and other widgets by reference', () => {
    const image = imageWidget({ value: Uint8Array.of(1, 2), width: 3, height: 4 });
    row(image);
    const [first, second] = front.opened;
    const data = first?.data as { state: Record<string, unknown>; buffer_paths: string[][] };
    assert.equal(data.state['_model_name'], 'ImageModel');
    assert.equal('value' in data.state, false);
    assert.deepEqual(data.buffer_paths, [['value']]);
    assert.deepEqual(first?.buffers, [Uint8Array.of(1, 2)]);
    assert.deepEqual((second?.data as typeof data).state['children'], ['IPY_MODEL_w1']);
  });

  it('hears what the user changes, sends what it changes, and tells all on request', () => {
    const slider = floatSlider({ min: 0, max: 3, description: 'ε' });
    const heard: unknown[] = [];
    slider.onChange((changes) => heard.push(changes));
    front.receivers[0]?.({ data: { method: 'update', state: { value: 1.5 }, buffer_paths: [] } });
    assert.deepEqual(heard, [{ value: 1.5 }]);
    assert.equal(slider.state.value, 1.5);
    slider.set({ value: 2 });
    assert.deepEqual(front.sent[0]?.data, { method: 'update', state: { value: 2 }, buffer_paths: [] });
    front.receivers[0]?.({ data: { method: 'request_state' } });
    assert.equal((front.sent[1]?.data as { state: { max: number } }).state.max, 3);
  });

  it('tells a page that was loaded again which widgets there are', () => {
    const image = imageWidget({ value: Uint8Array.of(7), width: 1, height: 1 });
    front.control?.(front.comm('control', 'jupyter.widget.control'), {});
    front.receivers.at(-1)?.({ data: { method: 'request_states' } });
    const data = front.sent[0]?.data as { states: Record<string, object>; buffer_paths: string[][] };
    assert.ok(image.id in data.states);
    assert.deepEqual(data.buffer_paths.at(-1), [image.id, 'state', 'value']);
    assert.deepEqual(front.sent[0]?.buffers?.at(-1), Uint8Array.of(7));
  });

  it('needs a notebook', () => {
    delete globals[key];
    assert.throws(
      () => floatSlider({ min: 0, max: 1 }),
      new ArgumentError("FloatSlider: needs a notebook's frontend, got a terminal"),
    );
  });
});
