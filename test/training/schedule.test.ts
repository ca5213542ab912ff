import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ArgumentError } from '../../src/errors.js';
import { checkSchedule, learningRateAt, type Schedule } from '../../src/training/schedule.js';

function rates(schedule: Schedule, steps: readonly number[]): number[] {
  return steps.map((step) => learningRateAt(step, { schedule, learningRate: 0.4, epochs: 10, steps: 10 }));
}

function assertRates(actual: number[], expected: number[]): void {
  actual.forEach((rate, i) =>
    assert.ok(Math.abs(rate - (expected[i] ?? NaN)) < 1e-12, `${actual} for ${expected}`),
  );
}

describe('learningRateAt', () => {
  it('drops by the factor at the first step of a milestone', () => {
    assertRates(rates('step', [0, 49, 50, 74, 75, 99]), [0.4, 0.4, 0.04, 0.04, 0.004, 0.004]);
    assertRates(rates({ kind: 'step', milestones: [2], factor: 0.5 }, [19, 20, 99]), [0.4, 0.2, 0.2]);
  });

  it('goes up and down a cosine in one cycle, with the corners of OneCycleLR', () => {
    // PyTorch: from max/25 at step 0 to max at step 0.3·100 − 1, to max/25/10⁴ at step 99; the middle of each phase
    // is the mean of its ends.
    const [start, end] = [0.4 / 25, 0.4 / 25 / 1e4];
    const expected = [start, (start + 0.4) / 2, 0.4, (0.4 + end) / 2, end];
    assertRates(rates('oneCycle', [0, 14.5, 29, 64, 99]), expected);
  });

  it('stays constant', () => {
    assertRates(rates('constant', [0, 99]), [0.4, 0.4]);
  });

  it('is finite for a training of one or two steps', () => {
    for (const steps of [1, 2]) {
      for (let step = 0; step < steps; step++) {
        const rate = learningRateAt(step, {
          schedule: 'oneCycle',
          learningRate: 1,
          epochs: 1,
          steps,
        });
        assert.ok(rate > 0 && rate <= 1, `${rate}`);
      }
    }
  });
});

describe('checkSchedule', () => {
  it('names what is wrong', () => {
    assert.throws(
      () => checkSchedule('f', { kind: 'step', milestones: [-1], factor: 0 }),
      new ArgumentError('f: schedule must have milestones ≥ 0 and a factor > 0, got [-1] and 0'),
    );
    assert.throws(
      // As plain JavaScript may say.
      () => checkSchedule('f', 'cosine' as 'step'),
      new ArgumentError(
        "f: schedule must be 'constant', 'step', 'oneCycle' or {kind: 'step', …}, got \"cosine\"",
      ),
    );
  });
});
