import { escaped } from '../../display/html.js';
import { Figure } from '../../figures/figure.js';
import type { Claim, Verdict } from '../../tables/claim.js';
import { Table } from '../../tables/table.js';
import type { Exhibit } from '../section.js';

/** What stands beside the exhibits of a page. */
export interface Beside {
  /** Takes each figure's specification: a script may draw it again, interactive. */
  readonly specs: object[];
  /** Names of the files in the page's folder. */
  readonly files: ReadonlySet<string>;
}

/** A figure as SVG, a table, or claims as a list. */
export async function exhibitHtml({ name, shown }: Exhibit, { specs, files }: Beside): Promise<string> {
  if (shown instanceof Table)
    return `<div class="scroll">${shown.toHTML()}</div>${links(name, ['csv'], files)}`;
  if (shown instanceof Figure) {
    specs.push(shown.spec);
    const figure = `<div class="scroll"><div class="figure" data-figure="${specs.length - 1}">${await shown.svg()}</div></div>`;
    return `<figure>${figure}</figure>${links(name, ['svg', 'large.svg', 'png', 'large.png', 'vl.json'], files)}`;
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

/** To the files of an exhibit that are there. */
function links(name: string, endings: readonly string[], files: ReadonlySet<string>): string {
  const there = endings.filter((ending) => files.has(`${name}.${ending}`));
  const shown = there.map((ending) => `<a href="${name}.${ending}">${ending.toUpperCase()}</a>`);
  return shown.length > 0 ? `<p class="files">${shown.join(' ')}</p>` : '';
}
