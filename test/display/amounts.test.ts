import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { counted, duration, size } from '../../src/display/amounts.js';

describe('duration', () => {
  const cases: [number, string][] = [
    [0, '0.0 s'],
    [0.94, '0.9 s'],
    [0.95, '1 s'],
    [89.4, '89 s'],
    [90, '1.5 min'],
    [600, '10 min'],
    [5400, '1.5 h'],
    [2 * 86_400, '2.0 days'],
    [95 * 86_400, '95 days'],
    [1e9, '11,574 days'],
  ];
  for (const [seconds, text] of cases)
    it(`says ${text} for ${seconds} s`, () => assert.equal(duration(seconds), text));
});

describe('size', () => {
  const cases: [number, string][] = [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [12_345, '12 kB'],
    [1.25e9, '1.3 GB'],
    [5e15, '5,000 TB'],
  ];
  for (const [bytes, text] of cases)
    it(`says ${text} for ${bytes} bytes`, () => assert.equal(size(bytes), text));
});

describe('counted', () => {
  it('says one of a thing in the singular', () => {
    assert.deepEqual(
      [0, 1, 2, 1204].map((count) => counted(count, 'task')),
      ['0 tasks', '1 task', '2 tasks', '1,204 tasks'],
    );
  });
});
