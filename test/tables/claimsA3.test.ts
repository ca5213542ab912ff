import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ArgumentError } from '../../src/errors.js';
import { seeded } from '../../src/random.js';
import { claimsA3 } from '../../src/tables/claimsA3.js';
import type { RoarCorrectness } from '../../src/tables/contrast.js';
import { Statements } from '../../src/tables/statements.js';

const images = 2000;

interface Options {
  seeds?: number;
  levels?: readonly number[];
}

/** Networks that are right on the first share of the images, plus a few by chance, one share per method. */
function measured(accuracies: Record<string, number>, { seeds = 1, levels = [0, 0.6, 0.8] }: Options = {}) {
  return Object.entries(accuracies).flatMap(([method, accuracy]) =>
    Array.from({ length: seeds }, (_, seed) => seed).flatMap((seed) =>
      levels.map((level): RoarCorrectness => {
        const random = seeded(seed).fork(`${method} ${level}`);
        const correct = Uint8Array.from({ length: images }, (_, i) => {
          const flipped = random.uniform() < 0.05;
          return Number(i < accuracy * images !== flipped);
        });
        return { method, seed, level, correct };
      }),
    ),
  );
}

const judge = (accuracies: Record<string, number>, options?: Options) =>
  claimsA3(measured(accuracies, options), { random: seeded(0), resamples: 300 });
const verdicts = (accuracies: Record<string, number>, options?: Options) =>
  judge(accuracies, options).map(({ verdict }) => verdict);

const published = { standard: 0.8, distilled: 0.8, jacobian: 0.72, pgd: 0.68 };
const unresolved = 'not resolved at this scale';

describe('claimsA3', () => {
  it('finds that the paper holds on numbers like its own, with one seed and with three', () => {
    assert.deepEqual(verdicts(published), ['holds', 'holds', 'holds']);
    assert.deepEqual(verdicts(published, { seeds: 3 }), ['holds', 'holds', 'holds']);
  });

  it('compares with published differences at the same levels only', () => {
    // (88.87 − 79.97 + 80.05 − 70.89) / 2 at 40 and 80 %.
    assert.equal(judge(published, { levels: [0, 0.4, 0.8] })[1]?.published?.toFixed(2), '9.03');
    assert.equal(judge(published, { levels: [0, 0.5, 0.8] })[1]?.published, null);
  });

  it('finds it contradicted on reversed numbers', () => {
    const reversed = { standard: 0.68, distilled: 0.6, jacobian: 0.75, pgd: 0.8 };
    assert.deepEqual(verdicts(reversed), ['contradicted', 'contradicted', 'contradicted']);
    const [distillation, jacobian, pgd] = judge(reversed);
    assert.match(
      distillation?.sentence ?? '',
      /^Contradicted in this run: maps of the distilled model are more faithful/,
    );
    assert.match(
      jacobian?.sentence ?? '',
      /^Contradicted in this run: maps of the Jacobian-regularised model are less faithful/,
    );
    assert.match(
      pgd?.sentence ?? '',
      /^Contradicted in this run: maps of the PGD-trained model are less faithful/,
    );
  });

  it('resolves nothing but closeness on tied numbers', () => {
    const tied = { standard: 0.7, distilled: 0.7, jacobian: 0.7, pgd: 0.7 };
    assert.deepEqual(verdicts(tied), ['holds', unresolved, unresolved]);
    for (const { sentence } of judge(tied).slice(1))
      assert.match(sentence, /^Not resolved at this scale: the interval holds both signs\./);
  });

  it('does not take a wide interval for closeness', () => {
    // 40 images: the interval is far wider than the margin of 2 points.
    const swapped: Record<string, string> = { standard: 'distilled', distilled: 'standard' };
    const few = measured({ standard: 0.7, distilled: 0.7, jacobian: 0.7, pgd: 0.7 }).map((row) => ({
      ...row,
      method: swapped[row.method] ?? row.method,
      correct: row.correct.slice(1380, 1420),
    }));
    const [first] = claimsA3(few, { random: seeded(0), resamples: 300 });
    assert.equal(first?.verdict, unresolved);
    assert.match(
      first?.sentence ?? '',
      /an improvement by up to \d+\.\d points is possible, and 2 count as one/,
    );
  });

  it('does not resolve an order that changes from seed to seed', () => {
    const one = measured({ standard: 0.8, distilled: 0.8, jacobian: 0.7, pgd: 0.6 });
    const other = measured({ standard: 0.7, distilled: 0.7, jacobian: 0.8, pgd: 0.9 });
    const rows = [0, 1, 2].flatMap((seed) => (seed === 1 ? other : one).map((row) => ({ ...row, seed })));
    const claims = claimsA3(rows, { random: seeded(0), resamples: 300 });
    assert.deepEqual(
      claims.map(({ verdict }) => verdict),
      ['holds', unresolved, unresolved],
    );
  });

  it('holds that nothing improves where only a loss of faithfulness is possible', () => {
    // 40 images, of which the second map leaves one more right: −2.5 points, far from any gain of 2.
    const row = (method: string, right: number): RoarCorrectness => ({
      ...{ method, seed: 0, level: 0.8 },
      correct: Uint8Array.from({ length: 40 }, (_, i) => Number(i < right)),
    });
    const rows = [row('standard', 20), row('distilled', 21), row('jacobian', 20), row('pgd', 20)];
    const [first] = claimsA3(rows, { random: seeded(0), resamples: 300 });
    assert.equal(first?.verdict, 'holds');
    assert.match(
      first?.sentence ?? '',
      /improvement by 2 points or more is excluded; .* less faithful by up to/,
    );
  });

  it('says that a distilled model is worse when it is, without calling that an improvement', () => {
    const [first] = judge({ ...published, distilled: 0.9 });
    assert.equal(first?.verdict, 'holds');
    assert.match(
      first?.sentence ?? '',
      /no improvement; .* even less faithful than the standard model's, where the paper finds them close/,
    );
  });

  it('measures the difference in points, as the mean over the levels above 0', () => {
    const rows = (method: string, [full, low, high]: [number, number, number]): RoarCorrectness[] =>
      [full, low, high].map((right, i) => ({
        method,
        seed: 0,
        level: [0, 0.6, 0.8][i] ?? 0,
        correct: Uint8Array.from({ length: 10 }, (_, image) => Number(image < right)),
      }));
    const claims = claimsA3(
      [
        ...rows('standard', [9, 8, 6]),
        ...rows('distilled', [1, 8, 6]),
        ...rows('jacobian', [9, 6, 5]),
        ...rows('pgd', [9, 5, 5]),
      ],
      { random: seeded(0), resamples: 100 },
    );
    // Jacobian: (2 + 1)/2 of 10 images; PGD: (1 + 0)/2.
    assert.deepEqual(
      claims.map(({ difference }) => Math.round((difference ?? NaN) * 1e6) / 1e6),
      [0, 15, 5],
    );
    // Published at 60 and 80 %: (86.34 − 76.57 + 80.05 − 70.89)/2.
    assert.ok(Math.abs((claims[1]?.published ?? 0) - 9.465) < 1e-9);
    assert.match(claims[1]?.sentence ?? '', /Accuracy Standard − Jacobian at 60, 80 % removed: 15\.0 points/);
  });

  it('says what the interval is over', () => {
    assert.match(
      judge(published)[1]?.sentence ?? '',
      /over 2,000 test images, one seed; the spread from training to training is not in it; published: 9\.5 points\)\.$/,
    );
    assert.match(
      judge(published, { seeds: 3 })[1]?.sentence ?? '',
      /over 2,000 test images and 3 seeds; published/,
    );
  });

  it('names what is missing', () => {
    const partial = measured({ standard: 0.8, jacobian: 0.7, pgd: 0.7 });
    assert.throws(
      () => claimsA3(partial, { random: seeded(0) }),
      new ArgumentError(
        'claimsA3: standard and distilled must share a level above 0 and a seed with all levels, got none; run roar for both',
      ),
    );
  });

  it('shows itself as Markdown with the verdict in bold, and as text', () => {
    const statements = new Statements(judge(published));
    assert.match(statements.toMarkdown(), /^- \*Defensive distillation .*\* \*\*Holds in this run:\*\* maps/);
    assert.equal(statements.toText().split('\n').length, 6);
  });
});
