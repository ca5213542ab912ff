import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { style as resultsStyle } from '../../src/experiments/page/style.js';
import { heatMap } from '../../src/figures/heatMap.js';
import { methodStyle, theme } from '../../src/figures/theme.js';
import { style as exportStyle } from '../../src/notebook/page/pageParts.js';
import { table } from '../../src/tables/table.js';
import { contrast, mixed, rgb } from '../fixtures/contrast.js';
import { provenance } from '../fixtures/provenance.js';

// WCAG 2.2, level AA, for text; what else must be seen needs 3.
const least = 4.5;
const [white, black] = [rgb('#fff'), rgb('#000')];
/** Text and its ground in JupyterLab's light and dark theme. */
const themes = {
  light: { ink: mixed(black, white, 0.87), ground: white },
  dark: { ink: mixed(white, rgb('#111'), 0.87), ground: rgb('#111') },
};
const methods = [
  ...['standard', 'distilled', 'jacobian', 'pgd', 'random', 'mask', 'saliency', 'integratedGradients'],
  ...['deepLift', 'gradientShap', 'occlusion', 'smoothGrad', 'robustAttribution', 'explainer'],
  ...['explainerStandard', 'anything else'],
];

describe('contrast', () => {
  it('is computed as WCAG 2.2 does', () => {
    assert.equal(contrast(white, black), 21);
    // The darkest grey that is said to fail on white.
    assert.ok(contrast(rgb('#777'), white) < 4.5 && contrast(rgb('#767676'), white) >= 4.5);
  });

  it('of curves and their names is enough on the white card that a figure is in both themes', () => {
    assert.equal(theme.background, 'white');
    for (const method of methods) {
      const found = contrast(rgb(methodStyle(method).colour), white);
      assert.ok(found >= least, `${method}: ${found.toFixed(2)}`);
    }
  });

  it('of every text colour of the figures is enough', () => {
    const colours = JSON.stringify(theme).match(/"\w*(label|title|Color|fill)\w*":"#[0-9a-f]{6}"/gi) ?? [];
    const texts = colours.filter((entry) => !/grid|symbol/.test(entry));
    assert.ok(texts.length > 5);
    for (const entry of texts) {
      const found = contrast(rgb(entry.slice(-8, -1)), white);
      assert.ok(found >= least, `${entry}: ${found.toFixed(2)}`);
    }
  });

  it('of the numbers in a heat map is enough on each of its colours', () => {
    const row = { setting: { norm: 'l2', epsilon: 1, t: 20 }, seed: 0, level: 0.8, accuracy: 0.4 } as const;
    const { spec } = heatMap([row], { provenance });
    const range = /"range":\[("#[^\]]*)\]/.exec(JSON.stringify(spec))?.[1]?.match(/#[0-9a-f]{6}/g) ?? [];
    assert.equal(range.length, 3);
    for (const colour of range) assert.ok(contrast(rgb(colour), black) >= least, colour);
  });

  it('of a published number beside ours is enough in both themes', () => {
    const html = table([{ x: 1, y: 2 }], { columns: [{ name: 'x', published: 'y' }] }).toHTML();
    const opacity = Number(/opacity:([\d.]+)/.exec(html)?.[1]);
    for (const [name, { ink, ground }] of Object.entries(themes)) {
      const found = contrast(mixed(ink, ground, opacity), ground);
      assert.ok(found >= least, `${name}: ${found.toFixed(2)}`);
    }
  });

  for (const [name, style] of Object.entries({ results: resultsStyle, export: exportStyle }))
    it(`of text on the page of ${name} is enough in light and dark`, () => {
      const schemes = [...style.matchAll(/:root \{([^}]*)\}/g)].map(([, rules = '']) =>
        Object.fromEntries(
          [...rules.matchAll(/--([\w-]+): (#[0-9a-f]+)/g)].map(([, key = '', colour = '']) => [key, colour]),
        ),
      );
      assert.equal(schemes.length, 2);
      for (const colours of schemes) {
        const pairs = Object.keys(colours)
          .filter((key) => /^(ink|faint|link|yes|no|open)$/.test(key))
          .flatMap((key) => {
            const grounds = `${key}-back` in colours ? [`${key}-back`] : ['page', 'card', 'code'];
            return grounds.filter((ground) => colours[ground]).map((ground) => [key, ground] as const);
          });
        assert.ok(pairs.length >= 4);
        for (const [text, ground] of pairs) {
          const found = contrast(rgb(colours[text] ?? ''), rgb(colours[ground] ?? ''));
          assert.ok(found >= least, `${text} on ${ground}: ${found.toFixed(2)}`);
        }
      }
    });
});
