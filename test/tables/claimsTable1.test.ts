import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seeded } from '../../src/random.js';
import { claimsTable1 } from '../../src/tables/claimsTable1.js';
import { rankCorrelation } from '../../src/tables/rankCorrelation.js';
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
    const [l2, linf, , , norms] = judge(rows);
    for (const claim of [l2, linf, norms]) assert.equal(claim?.verdict, 'holds');
    assert.match(l2?.sentence ?? '', /changes by less than 5 points; /);
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
    const [l2, linf, , , norms] = judge(rows);
    for (const claim of [l2, linf, norms]) assert.equal(claim?.verdict, 'contradicted');
    assert.match(
      l2?.sentence ?? '',
      /^Contradicted in this run: with ε accuracy rises by more than 5 points/,
    );
    assert.match(linf?.sentence ?? '', /rises by more than 5 points: maps get less faithful\./);
    assert.match(norms?.sentence ?? '', /less faithful than the ℓ∞-trained ones'/);
    const falling = judge(measured(publishedTable1, ({ epsilon }) => 0.9 - 0.1 * epsilon))[0]?.sentence ?? '';
    assert.match(falling, /falls by more than 5 points: maps get more faithful/);
  });

  it('resolves no order of the norms on tied numbers, and no closeness with few images', () => {
    assert.equal(verdicts(measured(publishedTable1, () => 0.7))[4], 'not resolved at this scale');
    const few = judge(measured(publishedTable1, ({ epsilon }) => 0.6 + 0.05 * epsilon, { count: 60 }));
    assert.equal(few[0]?.verdict, 'not resolved at this scale');
    assert.match(
      few[0]?.sentence ?? '',
      /a change of up to \d+\.\d points is possible, and up to 5 points count as close/,
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
    assert.match(judge(rows)[4]?.sentence ?? '', /^Holds: .* over 2,000 test images and 3 seeds; published/);
  });

  it('says what it cannot test', () => {
    const l2Only = judge(measured(publishedTable1.filter(isL2).slice(0, 1), () => 0.7));
    assert.deepEqual(
      l2Only.map(({ sentence }) => sentence),
      [
        'Not tested: it needs two radii of PGD-ℓ2 at the same t.',
        'Not tested: it needs two radii of PGD-ℓ∞ at the same t.',
        'Not tested: it needs 3 radii and 4 models of PGD-ℓ2, more rows or more seeds.',
        'Not tested: it needs 3 radii and 4 models of PGD-ℓ∞, more rows or more seeds.',
        'Not tested: it needs models of both norms.',
      ],
    );
  });
});

describe('claimsTable1 on the correlation of ε with faithfulness', () => {
  /** Accuracies of networks without chance, for each of some seeds. */
  const exact = (accuracy: (setting: PgdSetting, seed: number) => number, seeds: number) =>
    publishedTable1.filter(isL2).flatMap((setting) =>
      Array.from({ length: seeds }, (_, seed) => ({
        ...{ setting, seed, level: 0.8 },
        correct: Uint8Array.from({ length: 100 }, (_, i) =>
          Number(i < Math.round(100 * accuracy(setting, seed))),
        ),
      })),
    );
  const correlation = (rows: readonly SweepCorrectness[]) => judge(rows)[2];

  it('holds over many models without a trend, contradicts over many with one, however small the change', () => {
    // Over the seeds 0.5, 0.6, … 0.9 at every radius: no trend.
    const none = correlation(exact((_, seed) => 0.5 + 0.1 * seed, 5));
    assert.equal(none?.verdict, 'holds');
    assert.equal(none.difference, 0);
    const falling = correlation(exact(({ epsilon }) => 0.7 - 0.02 * epsilon, 5));
    assert.equal(falling?.verdict, 'contradicted');
    assert.match(falling.sentence, /the larger ε, the lower the accuracy: maps get more faithful\./);
    assert.equal(correlation(exact(({ epsilon }) => 0.7 + 0.02 * epsilon, 5))?.verdict, 'contradicted');
  });

  it("resolves nothing over the published rows' number of models, and says what they give", () => {
    const claim = correlation(exact(({ epsilon }) => (epsilon === 1.5 ? 0.4 : 0.5), 1));
    assert.equal(claim?.verdict, 'not resolved at this scale');
    // Spearman's ρ of ε with 66.43, 66.14, 63.74, 65.12, 65.03, 64.53, 63.94, 65.77 is −0.49, as scipy.stats gives it.
    assert.match(
      claim.sentence,
      /over 8 models; published: −0\.49 \(95 % interval −0\.90 to 0\.37\) over 8 rows\.$/,
    );
  });
});

describe('rankCorrelation', () => {
  it("is Spearman's ρ with the interval of Fisher's z", () => {
    // Σd² = 4 of 5 pairs: ρ = 1 − 24/120 = 0.8; tanh(1.0986 ± 1.96 √(1.32 / 2)).
    const { mean, low, high } = rankCorrelation([1, 2, 3, 4, 5], [2, 1, 4, 3, 5]);
    assert.ok(Math.abs(mean - 0.8) < 1e-12);
    assert.ok(Math.abs(low - -0.4571) < 1e-4 && Math.abs(high - 0.9908) < 1e-4, `${low} ${high}`);
  });

  it('keeps an interval at ±1', () => {
    const { mean, low, high } = rankCorrelation([1, 2, 3, 4], [1, 2, 3, 4]);
    assert.equal(mean, 1);
    assert.ok(low < 0 && high === 1, `${low} ${high}`);
  });
});
