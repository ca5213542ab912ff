import { escaped, prose } from '../../display/html.js';
import { Figure } from '../../figures/figure.js';
import type { Spec } from '../../figures/figure.js';
import { narrow } from '../../figures/responsive.js';
import type { Claim, Verdict } from '../../tables/claim.js';
import { leastSeeds } from '../../tables/statistics.js';
import { Table } from '../../tables/table.js';
import type { Exhibit } from '../section.js';

/** What stands beside the exhibits of a page. */
export interface Beside {
  /** Takes each drawing's specification: a script may draw it again, interactive. */
  readonly specs: object[];
  /** Names of the files in the page's folder. */
  readonly files: ReadonlySet<string>;
  /** How many seeds were run. */
  readonly seeds: number;
}

/** A figure as SVG, a table, or claims as a list. */
export async function exhibitHtml({ name, shown }: Exhibit, beside: Beside): Promise<string> {
  const { files, seeds } = beside;
  if (shown instanceof Table)
    return `${columnHeads(name, shown)}<div class="scroll stacked">${shown.toHTML()}</div>${links(name, ['csv'], files)}`;
  if (shown instanceof Figure)
    return `${await figureHtml(shown, beside)}${links(name, ['svg', 'large.svg', 'png', 'large.png', 'vl.json'], files)}`;
  return `<ul class="claims">${shown.claims.map((claim) => claimHtml(claim, seeds)).join('')}</ul>`;
}

/** The drawing, and once more for a phone where that looks otherwise; title and caption as text, which stays legible. */
async function figureHtml(figure: Figure, { specs }: Beside): Promise<string> {
  const { title } = figure.spec as { title?: { text?: unknown } };
  const bare = { ...figure.spec, title: undefined };
  const slim = narrow(bare);
  const draw = async (spec: Spec, kind: string) => {
    const drawing = new Figure(spec, { altText: figure.altText });
    specs.push(drawing.spec);
    return `<div class="figure ${kind}" data-figure="${specs.length - 1}">${await drawing.svg()}</div>`;
  };
  const drawings =
    slim === bare ? [await draw(bare, 'any')] : [await draw(bare, 'wide'), await draw(slim, 'slim')];
  const heading = [title?.text ?? []].flat().join(' ');
  return `<figure><p class="title">${escaped(heading)}</p>${drawings.join('')}<figcaption>${prose(figure.caption)}</figcaption></figure>`;
}

/** On a phone each row of a table is a block of its own, where each number stands after its column's head. */
function columnHeads(name: string, { columns }: Table): string {
  const rules = columns.map(({ name: column, title = column }, i) => {
    const text = title.replace(/["\\]/g, '\\$&').replaceAll('<', '\\3c ');
    return `#${name} td:nth-child(${i + 1})::before{content:"${text}"}`;
  });
  return `<style>@media (max-width:36rem){${rules.join('')}}</style>`;
}

/** A claim in the paper's sense, the verdict, and the sentence with the numbers. */
function claimHtml({ claim, verdict, sentence }: Claim, seeds: number): string {
  return `<li>${badge(verdict, seeds)}<div><p class="claim">${prose(claim)}</p><p>${prose(sentence)}</p></div></li>`;
}

const marks: Readonly<Record<Verdict, [mark: string, kind: string]>> = {
  holds: ['✓', 'yes'],
  contradicted: ['✗', 'no'],
  'not resolved at this scale': ['?', 'open'],
  'not tested': ['–', 'open'],
};

/** A verdict; with few seeds it is one of this run alone, as another training may turn it. */
export function badge(verdict: Verdict, seeds: number): string {
  const [mark, kind] = marks[verdict];
  const few = kind !== 'open' && seeds < leastSeeds ? ' in this run' : '';
  return `<span class="badge ${kind}">${mark} ${verdict.replace(' at this scale', '')}${few}</span>`;
}

/** To the files of an exhibit that are there. */
function links(name: string, endings: readonly string[], files: ReadonlySet<string>): string {
  const there = endings.filter((ending) => files.has(`${name}.${ending}`));
  const shown = there.map((ending) => `<a href="${name}.${ending}">${ending.toUpperCase()}</a>`);
  return shown.length > 0 ? `<p class="files">${shown.join(' ')}</p>` : '';
}
