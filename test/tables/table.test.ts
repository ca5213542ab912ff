import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as aq from 'arquero';
import { displaySymbol, format } from '../../src/display/format.js';
import { ArgumentError } from '../../src/errors.js';
import { table } from '../../src/tables/table.js';

const rows = [
  { method: 'a & b', accuracy: 40, half: 0.5, published: 68.14, ε: '8/255' },
  { method: 'c', accuracy: 125.5, half: 1.25, published: null, ε: '1.5' },
  { method: 'control', accuracy: -1, half: null, published: 9, ε: '|∇Ψ|' },
];
const shown = table(rows, {
  title: 'Accuracy_1',
  caption: 'In %.',
  columns: [
    { name: 'method' },
    {
      ...{ name: 'accuracy', title: 'Accuracy (%)', digits: 2, best: 'lowest' },
      ...{ spread: 'half', published: 'published' },
    },
    { name: 'ε' },
  ],
  isControl: ({ method }) => method === 'control',
});

/** The text of each cell of an HTML table's body, figure spaces as underlines. */
const cellsOf = (html: string) =>
  [...html.matchAll(/<t[hd](?: scope="row"| data-order="[^"]*")? style="[^"]*">(.*?)<\/t[hd]>/g)].map(
    ([, content = '']) =>
      content
        .replace(/<[^>]*>/g, '')
        .replaceAll('\u2007', '_')
        .replaceAll('\u2008', '.')
        .replaceAll('&ensp;', ' '),
  );

describe('a table', () => {
  it('aligns every part of a number in HTML, and marks the best value by more than colour', () => {
    const html = shown.toHTML();
    assert.deepEqual(
      cellsOf(html).filter((_, i) => i % 3 === 1),
      ['_40.00 ± 0.50 68.14', '125.50 ± 1.25 __.__', '_−1.00 ___.__ _9.00'],
    );
    assert.match(html, /<strong title="best of its column">\u200740\.00<\/strong>/);
    assert.match(html, /<small style="opacity:0\.75">68\.14<\/small>/);
    assert.equal(html.match(/<strong/g)?.length, 1);
  });

  it('names its heads, rows and itself for those who cannot see it', () => {
    const html = shown.toHTML();
    assert.match(html, /<caption [^>]*>Accuracy_1<\/caption>/);
    assert.equal(html.match(/<th scope="col"/g)?.length, 3);
    assert.match(html, /<th scope="row" [^>]*>a &amp; b<\/th>/);
  });

  it('leaves nothing but the table where a viewer strips attributes, as in an untrusted notebook', () => {
    const stripped = shown.toHTML().replace(/ [a-z-]+="[^"]*"/g, '');
    assert.match(
      stripped,
      /^<div><table><caption>Accuracy_1<\/caption><thead><tr><th>method<span><\/span><\/th>/,
    );
    assert.doesNotMatch(stripped, /event|script|style/);
  });

  it('gives its title a line where there is room, and wraps it in a narrow page', () => {
    // 0.62 em for each of 10 letters.
    assert.match(
      shown.toHTML(),
      /^<div><table style="[^"]*;min-width:min\(100%,7em\)"><caption style="(?!.*nowrap.*<\/caption>)/,
    );
    assert.doesNotMatch(table([{ x: 1 }]).toHTML(), /min-width/);
  });

  it('carries what rows are sorted by: unrounded numbers, nothing for missing ones', () => {
    const html = table([{ x: 1 / 3 }, { x: null }]).toHTML();
    assert.deepEqual(
      [...html.matchAll(/data-order="([^"]*)"/g)].map(([, order]) => order),
      ['0.3333333333333333', ''],
    );
  });

  it('is Markdown with the best value bold and bars escaped', () => {
    assert.equal(
      shown.toMarkdown(),
      [
        '**Accuracy\\_1**',
        '',
        '| method | Accuracy (%) | ε |',
        '| :--- | ---: | :--- |',
        '| a & b | **40.00** ± 0.50 (68.14) | 8/255 |',
        '| c | 125.50 ± 1.25 | 1.5 |',
        '| control | −1.00 (9.00) | \\|∇Ψ\\| |',
        '',
        'In %.',
      ].join('\n'),
    );
  });

  it('is LaTeX with booktabs’ rules, the best value bold and signs as commands', () => {
    assert.equal(
      shown.toLatex({ label: 'tab:a' }),
      String.raw`\begin{table}[t]
\centering
\caption{Accuracy\_1. In \%.}
\label{tab:a}
\begin{tabular}{lrl}
\toprule
method & Accuracy (\%) & $\varepsilon$ \\
\midrule
a \& b & \textbf{40.00} {\scriptsize $\pm$ 0.50} {\scriptsize 68.14} & 8/255 \\
c & 125.50 {\scriptsize $\pm$ 1.25} {\scriptsize \phantom{00.00}} & 1.5 \\
control & $-$1.00 {\scriptsize \phantom{000.00}} {\scriptsize \phantom{0}9.00} & $|$$\nabla$$\Psi$$|$ \\
\bottomrule
\end{tabular}
\end{table}`,
    );
  });

  it('writes Greek letters, powers and indices as LaTeX', () => {
    const latex = table([{ name: 'α₂ ≈ 10⁻³' }]).toLatex();
    assert.ok(latex.includes(String.raw`$\alpha$$_2$ $\approx$ 10$^-$$^3$`), latex);
  });

  it('wraps long text in LaTeX, which would else be shrunk until the table fits', () => {
    const long = 'word '.repeat(20);
    assert.match(table([{ name: 'a', text: long, x: 1 }]).toLatex(), /begin{tabular}{lp{0\.7\\linewidth}r}/);
  });

  it('draws no rule in text that would fill lines of its own', () => {
    const text = table([{ option: 'profile', value: 'quick, '.repeat(40) }])[displaySymbol]()['text/plain'];
    assert.equal(String(text).split('\n')[1], `${'─'.repeat(7)}  ${'─'.repeat(60)}`);
  });

  it('shows itself in all of these formats', () => {
    assert.deepEqual(Object.keys(shown[displaySymbol]()), [
      'text/html',
      'text/markdown',
      'text/latex',
      'text/plain',
    ]);
  });

  it('finds the decimals that numbers need', () => {
    const texts = (values: number[]) =>
      table(values.map((x) => ({ x })))
        .toText()
        .split('\n')
        .slice(2)
        .map((line) => line.trim());
    assert.deepEqual(texts([1, 20]), ['1', '20']);
    assert.deepEqual(texts([0.5, 0.25]), ['0.50', '0.25']);
    // At most four significant digits of the largest.
    assert.deepEqual(texts([100 / 3, 1 / 3]), ['33.33', '0.33']);
    assert.deepEqual(texts([-0.001, 0]), ['−0.001', '0.000']);
  });

  it('marks all that read alike, and none where all do', () => {
    const best = (values: number[]) =>
      table(
        values.map((x) => ({ x })),
        { columns: [{ name: 'x', digits: 0, best: 'highest' }] },
      )
        .toText()
        .match(/\d\*/g);
    assert.deepEqual(best([1, 2.1, 2.2]), ['2*', '2*']);
    assert.equal(best([2.1, 2.2]), null);
  });

  it('names a column that is not there', () => {
    assert.throws(
      () => table([{ a: 1 }], { columns: [{ name: 'b' }] }),
      new ArgumentError('Table: columns must be among a, got b'),
    );
  });
});

describe('an arquero table in a cell', () => {
  it('is shown the same way, its first 50 rows', () => {
    const data = aq.from(Array.from({ length: 60 }, (_, i) => ({ name: `row ${i}`, share: i / 4 })));
    // An arquero table has no promise of a bundle.
    const bundle = format(data) as Record<string, string>;
    assert.deepEqual(cellsOf(bundle['text/html'] ?? '').slice(0, 4), ['row 0', '_0.00', 'row 1', '_0.25']);
    assert.match(bundle['text/plain'] ?? '', /row 49 +12\.25\n10 more rows\.$/);
    const long = format(aq.from([{ a: 'x'.repeat(90) }])) as Record<string, string>;
    assert.match(long['text/plain'] ?? '', /^x{79}…$/m);
    assert.match(table([{ a: 'x'.repeat(90) }]).toText(), /^x{90}$/m);
  });
});
