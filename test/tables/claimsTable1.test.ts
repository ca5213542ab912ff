import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seeded } from '../../src/random.js';
import { claimsTable1 } from '../../src/tables/claimsTable1.js';
import { pearson } from '../../src/tables/correlation.js';
import type { SweepCorrectness } from '../../src/tables/claimsTable1.js';
import { publishedTable1 } from '../../src/tables/publishedSupplement.js';
import type { PgdSetting } from '../../src/tables/settings.js';

const images = 2000;

/** Networks that are right on the first share of the images, but for 5 % by chance. */
function measured(
  settings: readonly PgdSetting[],
  accuracy: (setting: PgdSetting) => number,
  { seeds = 1, count = images } = {},
): SweepCorrectness[] {
  return settings.flatMap((setting, row) =>
    Array.from({ length: seeds }, (_, seed) => {
      const random = seeded(seed).fork(row);
      const correct = Uint8Array.from({ length: count }, (_, i) =>
        Number(i < accuracy(setting) * count !== random.uniform() < 0.05),
      );
      return { setting, seed, level: 0.8, correct };
    }),
  );
}

const judge = (rows: readonly SweepCorrectness[]) =>
  claimsTable1(rows, { random: seeded(0), resamples: 300 });
const verdicts = (rows: readonly SweepCorrectness[]) => judge(rows).map(({ verdict }) => verdict);
const isL2 = ({ norm }: PgdSetting) => norm === 'l2';

describe('claimsTable1', () => {
  it('finds that the paper holds where ε changes nothing and ℓ2 is 3 points better', () => {
    const rows = measured(publishedTable1, (setting) => (isL2(setting) ? 0.65 : 0.68));
    assert.deepEqual(verdicts(rows), ['holds', 'holds', 'holds']);
    assert.match(judge(rows)[0]?.sentence ?? '', /changes by less than 5 points; /);
  });

  it('measures the change along the fitted line, with an intercept for each t', () => {
    // Accuracy 0.5 + ε/50 at t = 20 and 0.7 + ε/50 at t = 40: from 1 to 2.5, 3 points; exact, since nothing is flipped.
    const rows = publishedTable1.filter(isL2).map((setting) => ({
      setting,
      seed: 0,
      level: 0.8,
      correct: Uint8Array.from({ length: 100 }, (_, i) =>
        Number(i < Math.round(100 * ((setting.t === 20 ? 0.5 : 0.7) + setting.epsilon / 50))),
      ),
    }));
    const [claim] = judge(rows);
    assert.ok(Math.abs((claim?.difference ?? 0) - 3) < 1e-9);
    // Published at 80 %: deviations ∓.75, ∓.25 for ε; Σ over both t of deviation · accuracy · 1.5 / 2.5.
    const published =
      (1.5 / 2.5) *
      (-0.75 * (66.43 + 66.14) - 0.25 * (63.74 + 65.12) + 0.25 * (65.03 + 64.53) + 0.75 * (63.94 + 65.77));
    assert.ok(Math.abs((claim?.published ?? 0) - published) < 1e-9);
  });

  it('finds both contradicted on reversed numbers', () => {
    const rows = measured(publishedTable1, ({ norm, epsilon }) =>
      norm === 'l2' ? 0.6 + 0.1 * epsilon : 0.5 + 2 * epsilon,
    );
    const [l2, linf, norms] = judge(rows);
    assert.deepEqual(verdicts(rows), ['contradicted', 'contradicted', 'contradicted']);
    assert.match(
      l2?.sentence ?? '',
      /^Contradicted in this run: with ε accuracy rises by more than 5 points/,
    );
    assert.match(linf?.sentence ?? '', /less faithful \(r = 1\.00 over the settings, published 0\.75\)/);
    assert.match(norms?.sentence ?? '', /less faithful than the ℓ∞-trained ones'/);
    const falling = judge(measured(publishedTable1, ({ epsilon }) => 0.9 - 0.1 * epsilon))[0]?.sentence ?? '';
    assert.match(falling, /falls by more than 5 points: maps get more faithful/);
  });

  it('resolves no order of the norms on tied numbers, and no closeness with few images', () => {
    assert.equal(verdicts(measured(publishedTable1, () => 0.7))[2], 'not resolved at this scale');
    const few = judge(measured(publishedTable1, ({ epsilon }) => 0.6 + 0.05 * epsilon, { count: 60 }));
    assert.equal(few[0]?.verdict, 'not resolved at this scale');
    assert.match(
      few[0]?.sentence ?? '',
      /a change of up to \d+\.\d points is possible, and 5 points count as strong/,
    );
  });

  it('calls a resolved change below the margin small', () => {
    const rows = measured(publishedTable1, ({ norm, epsilon }) =>
      norm === 'l2' ? 0.6 + 0.02 * epsilon : 0.7,
    );
    assert.match(judge(rows)[0]?.sentence ?? '', /^Holds in this run: .*; a resolved but small trend/);
  });

  it('does not call a verdict a matter of this run from three seeds on', () => {
    const rows = measured(publishedTable1, (setting) => (isL2(setting) ? 0.6 : 0.7), { seeds: 3 });
    assert.match(judge(rows)[2]?.sentence ?? '', /^Holds: .* over 2,000 test images and 3 seeds; published/);
  });

  it('says what it cannot test, and gives no r for two radii', () => {
    const l2Only = judge(measured(publishedTable1.filter(isL2).slice(0, 1), () => 0.7));
    assert.deepEqual(
      l2Only.map(({ sentence }) => sentence),
      [
        'Not tested: it needs two radii of PGD-ℓ2 at the same t.',
        'Not tested: it needs two radii of PGD-ℓ∞ at the same t.',
        'Not tested: it needs models of both norms.',
      ],
    );
    const two = publishedTable1.filter(({ t, epsilon }) => t === 20 && (epsilon === 1.5 || epsilon === 2.5));
    assert.doesNotMatch(judge(measured(two, () => 0.7))[0]?.sentence ?? '', /r = /);
  });
});

describe('pearson', () => {
  it('is 1 on a line, 0 across, undefined for a constant', () => {
    assert.equal(pearson([1, 2, 3], [2, 4, 6]), 1);
    assert.equal(pearson([1, 2, 3], [1, 0, 1]), 0);
    assert.equal(pearson([1, 2, 3], [1, 1, 1]), NaN);
  });
});
