import { escaped } from '../../display/html.js';
import { Figure } from '../../figures/figure.js';
import type { Claim, Verdict } from '../../tables/claim.js';
import { Table } from '../../tables/table.js';
import type { Exhibit } from '../section.js';

/**
 * A figure as SVG, a table, or claims as a list.
 *
 * @param specs - Takes the figure's specification: a script may draw it again, interactive.
 */
export async function exhibitHtml({ name, shown }: Exhibit, specs: object[]): Promise<string> {
  if (shown instanceof Table) return `<div class="scroll">${shown.html()}</div>${files(name, ['csv'])}`;
  if (shown instanceof Figure) {
    specs.push(shown.spec);
    const svg = (await shown.svg()).replace(
      /^<svg/,
      `<svg role="img" aria-label="${escaped(shown.altText)}"`,
    );
    const figure = `<div class="scroll"><div class="figure" data-figure="${specs.length - 1}">${svg}</div></div>`;
    return `<figure>${figure}</figure>${files(name, ['svg', 'png', 'vl.json'])}`;
  }
  return `<ul class="claims">${shown.claims.map(claimHtml).join('')}</ul>`;
}

/** A claim in the paper's sense, the verdict, and the sentence with the numbers. */
function claimHtml({ claim, verdict, sentence }: Claim): string {
  return `<li>${badge(verdict)}<div><p class="claim">${escaped(claim)}</p><p>${escaped(sentence)}</p></div></li>`;
}

const marks: Readonly<Record<Verdict, [mark: string, kind: string]>> = {
  holds: ['✓', 'yes'],
  contradicted: ['✗', 'no'],
  'not resolved at this scale': ['?', 'open'],
  'not tested': ['–', 'open'],
};

export function badge(verdict: Verdict): string {
  const [mark, kind] = marks[verdict];
  return `<span class="badge ${kind}">${mark} ${verdict.replace(' at this scale', '')}</span>`;
}

function files(name: string, endings: readonly string[]): string {
  const links = endings.map((ending) => `<a href="${name}.${ending}">${ending.toUpperCase()}</a>`);
  return `<p class="files">${links.join(' ')}</p>`;
}
