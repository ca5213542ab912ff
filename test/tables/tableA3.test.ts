import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ArgumentError } from '../../src/errors.js';
import { seeded } from '../../src/random.js';
import type { RoarAccuracy } from '../../src/tables/measurements.js';
import { describeProvenance } from '../../src/tables/provenance.js';
import { publishedAccuracy, publishedFigure1 } from '../../src/tables/published.js';
import { tableA3 } from '../../src/tables/tableA3.js';

const provenance = {
  profile: 'quick',
  shrunk: 'a small ResNet',
  dataset: 'CIFAR-10, not the official files by checksum',
  seeds: [0],
  device: 'CPU, 2 threads',
};

const row = (method: string, level: number, accuracy: number, seed = 0): RoarAccuracy => ({
  method,
  seed,
  level,
  accuracy,
  n: 1000,
});

describe('tableA3', () => {
  it('puts the published number and the difference beside ours', () => {
    const table = tableA3([row('pgd', 0.8, 0.4), row('random', 0.8, 0.5)], { provenance });
    const [pgd, random] = table.data.objects() as Record<string, number | null>[];
    assert.ok(pgd && random);
    assert.ok(Math.abs((pgd['published'] ?? 0) - 68.14) < 1e-9);
    assert.ok(Math.abs((pgd['difference'] ?? 0) - (40 - 68.14)) < 1e-9);
    assert.equal(random['published'], null);
    assert.equal(random['difference'], null);
  });

  it('has a row for each method and a column for each level, the published number in brackets', () => {
    const rows = [
      ...[row('pgd', 0, 0.985), row('pgd', 0.8, 0.4)],
      ...[row('jacobian', 0.8, 0.5), row('random', 0.8, 0.3)],
    ];
    const table = tableA3(rows, { provenance });
    assert.deepEqual(table.toText().split('\n').slice(1, 6), [
      'Ranked by        0 % removed    80 % removed',
      '─────────────  ─────────────  ──────────────',
      'PGD ℓ2         98.50 (93.70)  40.00* (68.14)',
      'Jacobian           –          50.00  (70.89)',
      'Random pixels      –          30.00',
    ]);
  });

  it('marks the lowest accuracy, but no control and nothing where all maps are the same', () => {
    const rows = ['pgd', 'standard', 'random'].flatMap((method, i) => [
      row(method, 0, 0.9 + i / 100),
      row(method, 0.8, 0.6 - i / 10),
    ]);
    // Random pixels are the lowest at 80 %.
    assert.deepEqual(tableA3(rows, { provenance }).toText().match(/\S+\*/g), ['50.00*']);
  });

  it('shows the t-interval from three seeds on', () => {
    const rows = [0.4, 0.41, 0.42].map((accuracy, seed) => row('pgd', 0.8, accuracy, seed));
    // s = 1 point, t(2)/√3 = 2.484.
    assert.match(tableA3(rows, { provenance }).toText(), /41\.00 ± 2\.48 \(68\.14\)/);
    assert.doesNotMatch(tableA3(rows.slice(0, 2), { provenance }).toText(), /±/);
  });

  it('shows the paired difference to the first method where each image is known', () => {
    const measured = (method: string, correct: number[]) => ({
      ...row(method, 0.8, correct.reduce((sum, hit) => sum + hit, 0) / correct.length),
      correct,
    });
    // Twelve images right in both, four in the second only: 25 points. Of 16 drawn images Binomial(16, 1/4) are among
    // the four; its 2.5 % and 97.5 % quantiles are 1 and 8 (P(≤ 0) = 0.010, P(≤ 7) = 0.973): 6.25 and 50 points.
    const first = measured('standard', [...Array<number>(12).fill(1), 0, 0, 0, 0]);
    const rows = [first, measured('pgd', Array<number>(16).fill(1))];
    const table = tableA3(rows, { provenance, random: seeded(0) });
    assert.match(table.toText(), / Minus Standard \(points\)\n/);
    assert.match(table.toText(), /100\.00 +\(68\.14\) +\+25\.00 \(\+6\.25 to \+50\.00\)/);
    assert.match(table.caption, /Minus Standard: paired over the same test images.* over test images\./);
    assert.doesNotMatch(tableA3(rows, { provenance }).toText(), /Minus/);
    assert.doesNotMatch(tableA3([first], { provenance, random: seeded(0) }).toText(), /Minus/);
  });

  it('writes every column to CSV in full precision', () => {
    const [head, line] = tableA3([row('pgd', 0.8, 1 / 3)], { provenance })
      .toCSV()
      .split('\n');
    assert.equal(head, 'method,name,level,removed,accuracy,halfInterval,published,difference,seeds');
    assert.match(line ?? '', /^pgd,PGD ℓ2,0\.8,80,33\.3333333333,/);
  });

  it('says in the caption where the numbers come from', () => {
    const { caption } = tableA3([row('pgd', 0.8, 0.4)], { provenance });
    assert.match(
      caption,
      /Profile quick \(a small ResNet\)\. Data: CIFAR-10, not the official .*\. Seed 0\. CPU/,
    );
    assert.equal(describeProvenance({ ...provenance, seeds: [2, 0, 1] }).includes('Seeds 0–2.'), true);
  });

  it('names the remedy when there is nothing to show', () => {
    assert.throws(
      () => tableA3([], { provenance }),
      new ArgumentError('tableA3: there must be measurements, got none; run roar first'),
    );
  });
});

describe('the published numbers', () => {
  it('are those of the supplement, for four models at five levels', () => {
    assert.equal(publishedFigure1.length, 20);
    assert.equal(publishedAccuracy('jacobian', 0.4), 0.7997);
    assert.equal(publishedAccuracy('standard', 0.6), 0.8634);
    assert.equal(publishedAccuracy('random', 0.6), undefined);
  });
});
