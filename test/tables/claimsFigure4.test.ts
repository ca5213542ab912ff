import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seeded } from '../../src/random.js';
import { summariseAlignment } from '../../src/tables/alignments.js';
import type { AlignmentMeasurement } from '../../src/tables/alignments.js';
import { exceeds, median } from '../../src/tables/bounds.js';
import { claimsFigure4 } from '../../src/tables/claimsFigure4.js';
import { tableAlignment } from '../../src/tables/tableAlignment.js';
import { tableBound } from '../../src/tables/tableBound.js';
import { provenance, provenanceText } from '../fixtures/provenance.js';

const radii = [0, 1, 2];

/** Each image's alignment: `mean(ε)`, give or take 1. */
function measured(mean: (epsilon: number) => number, seeds = 1): AlignmentMeasurement[] {
  return Array.from({ length: seeds }, (_, seed) => seed).flatMap((seed) =>
    radii.flatMap((epsilon) =>
      (['absolute', 'signed'] as const).map((reading) => {
        const random = seeded(seed).fork(`${epsilon} ${reading}`);
        return {
          epsilon,
          seed,
          reading,
          values: Float32Array.from({ length: 400 }, () => mean(epsilon) + random.normal()),
        };
      }),
    ),
  );
}

const bound = (attacked: number[], epsilon = 0) => ({
  epsilon,
  seed: 0,
  alignment: [1, 2, 3, 4],
  xi: [1, 1, 1, 1],
  linearised: [0.1, 0.2, 0.3, 0.4],
  attacked,
});

const judge = (mean: (epsilon: number) => number, attacked = [1, 1, 1, 1], seeds = 1) =>
  claimsFigure4(
    { alignments: measured(mean, seeds), bounds: [bound(attacked)] },
    { random: seeded(0), resamples: 300 },
  );

describe('claimsFigure4', () => {
  it('finds growth on rising numbers, and gives the published slope for |∇Ψ| alone', () => {
    const [absolute, signed] = judge((epsilon) => 17 + epsilon);
    assert.deepEqual([absolute?.verdict, signed?.verdict], ['holds', 'holds']);
    // Slope over ε = 0, 1, 2 of 17.27, 18.62, 19.59: (19.59 − 17.27) / 2.
    assert.ok(Math.abs((absolute?.published ?? 0) - 1.16) < 1e-9);
    assert.equal(signed?.published, null);
    // 400 images of standard deviation 1 at two radii: the slope's standard error is 0.035.
    assert.ok(Math.abs((absolute?.difference ?? 0) - 1) < 0.15);
  });

  it('finds it contradicted on falling numbers, and not resolved on equal ones', () => {
    const [falling] = judge((epsilon) => 19 - epsilon);
    assert.equal(falling?.verdict, 'contradicted');
    assert.match(falling?.sentence ?? '', /alignment with \|∇Ψ\| falls with ε/);
    const [, level] = judge(() => 18);
    assert.equal(level?.verdict, 'not resolved at this scale');
  });

  it('does not call growth what falls between two neighbours', () => {
    const [dented] = judge((epsilon) => [17, 20, 19][epsilon] ?? 0);
    assert.equal(dented?.verdict, 'contradicted');
    assert.match(
      dented?.sentence ?? '',
      /the line through all ε rises, yet alignment with \|∇Ψ\| falls from ε = 1 to 2 by \d/,
    );
  });

  it('holds the inequality where every attack stays within the bound, and leaves it open elsewhere', () => {
    assert.match(
      judge(() => 1)[2]?.sentence ?? '',
      /^Holds in this run: every image's minimal attack stays within/,
    );
    const open = judge(() => 1, [1, 1, Infinity, 9])[2];
    assert.equal(open?.verdict, 'not resolved at this scale');
    assert.match(open?.sentence ?? '', /at least 50\.0 % of the images/);
  });

  it('says what it cannot test', () => {
    const none = claimsFigure4({ alignments: [], bounds: [] }, { random: seeded(0) });
    assert.deepEqual(
      none.map(({ sentence }) => sentence),
      [
        'Not tested: it needs two radii.',
        'Not tested: it needs two radii.',
        'Not tested: no distances were measured.',
      ],
    );
  });
});

describe('summariseAlignment', () => {
  const row = (seed: number, ...values: number[]) => ({
    epsilon: 1,
    seed,
    reading: 'signed' as const,
    values: Float32Array.from(values),
  });

  it('takes the interval over images with two seeds, over seeds with three', () => {
    // Means over the seeds 2 and 4: 3, standard error √2/√2.
    const [two] = summariseAlignment([row(0, 1, 3), row(1, 3, 5)]);
    assert.deepEqual([two?.mean, two?.seeds], [3, 2]);
    assert.ok(Math.abs((two?.high ?? 0) - 3 - 1.96) < 1e-9);
    // Seeds 1, 2, 3: s = 1, t(2)/√3 = 2.484.
    const [three] = summariseAlignment([row(0, 1), row(1, 2), row(2, 3)]);
    assert.ok(Math.abs((three?.high ?? 0) - 2 - 2.4842) < 1e-3);
  });
});

describe('tableAlignment', () => {
  it('puts the published value beside |∇Ψ|, and a dash where there is none', () => {
    const rows = [0.5, 0.7].map((epsilon) => ({
      epsilon,
      seed: 0,
      reading: 'absolute' as const,
      values: Float32Array.of(18, 18),
    }));
    const table = tableAlignment(rows, { provenance });
    assert.match(table.toText(), /0\.5 +18\.00 ± 0\.00 \(18\.15\) +−0\.15 +–/);
    assert.match(table.toText(), /0\.7 +18\.00 ± 0\.00 +– +–/);
    assert.match(table.caption, provenanceText);
  });
});

describe('tableBound', () => {
  it('gives medians, and the share of attacks that go farther than the bound', () => {
    const table = tableBound([bound([1, 2, 4.5, Infinity])], { provenance, attack: 'DDN, 30 steps' });
    const [row] = table.data.objects() as Record<string, number>[];
    // Medians of 1…4, of 1/1…1/4, of 1, 2, 4.5, ∞; 4.5 > 3 + 1 and ∞ exceed.
    assert.equal(row?.['alignment'], 2.5);
    assert.ok(Math.abs((row?.['ratio'] ?? 0) - (1 / 2 + 1 / 3) / 2) < 1e-12);
    assert.equal(row?.['attacked'], 3.25);
    assert.equal(row?.['exceeding'], 50);
    assert.deepEqual([...exceeds(bound([2, 3.1, 4, 5]))], [0, 1, 0, 0]);
  });

  it('shows an infinite median as such', () => {
    const infinite = tableBound([bound([1, Infinity, Infinity, Infinity])], { provenance, attack: 'DDN' });
    assert.match(infinite.toText(), /∞ +75\.0/);
    assert.equal(median([Infinity, Infinity]), Infinity);
  });
});
