import { counted, duration } from '../../display/amounts.js';
import { escaped, prose } from '../../display/html.js';
import { Statements } from '../../tables/statements.js';
import type { Claim, Verdict } from '../../tables/claim.js';
import { leastSeeds } from '../../tables/statistics.js';
import type { Provenance } from '../../tables/provenance.js';
import type { Profile } from '../profile.js';
import type { Exhibit } from '../section.js';
import { badge, exhibitHtml } from './exhibit.js';
import type { Beside } from './exhibit.js';
import { interaction } from './script.js';
import { style } from './style.js';

/** A section as the page shows it. */
export interface ShownSection {
  readonly name: string;
  readonly title: string;
  readonly notebook: string;
  readonly exhibits: readonly Exhibit[];
  /** What each task took, null where it is not known. */
  readonly times: readonly {
    readonly label: string;
    readonly kind: string;
    readonly seconds: number | null;
  }[];
}

export interface Page {
  readonly profile: Profile;
  readonly provenance: Provenance;
  /** Of the images. */
  readonly checksums: Readonly<Record<string, string>>;
  /** Versions, and the commit. */
  readonly software: Readonly<Record<string, string>>;
  readonly sections: readonly ShownSection[];
  /** Names of the files beside the page: it links to no others, as of a section that was run elsewhere. */
  readonly files: ReadonlySet<string>;
}

/** One HTML document that needs no other file, and no script to be read. */
export async function documentOf(page: Page): Promise<string> {
  const { profile, provenance, sections } = page;
  const specs: object[] = [];
  const parts: string[] = [];
  const beside = { specs, files: page.files, seeds: provenance.seeds.length };
  for (const section of sections) parts.push(await sectionHtml(section, beside));
  const links = sections.map(({ name, title }) => `<a href="#${name}">${escaped(short(title))}</a>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Roarbook: ${escaped(profile.name)} profile</title>
<style>${style}</style>
</head>
<body>
<header>
<p class="paper">Generating Deep Networks Explanations with Robust Attribution Alignment · Zeng, Kowsar, Erfani, Bailey · ACML 2021</p>
<h1>The paper, run again</h1>
${scale(profile, provenance)}
<nav>${[...links, '<a href="#provenance">Provenance</a>'].join('')}</nav>
</header>
<main>
${overview(sections, beside.seeds)}
${parts.join('\n')}
${provenanceHtml(page)}
</main>
${await interaction(specs)}
</body>
</html>
`;
}

function scale({ name, shrunk }: Profile, { dataset, seeds, device }: Provenance): string {
  const entries = {
    Profile: name,
    'Shrunk against the paper': shrunk,
    Data: dataset,
    [seeds.length === 1 ? 'Seed' : 'Seeds']: seeds.join(', '),
    Device: device,
  };
  return `<dl>${Object.entries(entries)
    .map(([term, text]) => `<div><dt>${escaped(term)}</dt><dd>${prose(text)}</dd></div>`)
    .join('')}</dl>`;
}

/** Every claim with its verdict: what agrees with the paper and what does not. */
function overview(sections: readonly ShownSection[], seeds: number): string {
  const rows = sections.flatMap(({ name, exhibits }) =>
    claimsOf(exhibits).map((claim) => ({ name, ...claim })),
  );
  if (rows.length === 0) return '';
  const verdicts: readonly Verdict[] = ['holds', 'contradicted', 'not resolved at this scale', 'not tested'];
  const counts = verdicts
    .map((verdict) => ({ verdict, count: rows.filter((row) => row.verdict === verdict).length }))
    .filter(({ count }) => count > 0)
    .map(({ verdict, count }) => `${count} ${badge(verdict, seeds)}`);
  const items = rows.map(
    ({ name, claim, verdict }) =>
      `<li>${badge(verdict, seeds)}<a href="#${name}-claims">${prose(claim)}</a></li>`,
  );
  return `<section class="overview"><h2>What agrees with the paper</h2>
<p>Of ${counted(rows.length, 'claim')}: ${counts.join(', ')}.${seeds < leastSeeds ? ` With ${seeds === 1 ? 'one seed' : `${seeds} seeds`} a verdict is of these trainings alone: others may turn it.` : ''}</p>
<ul class="claims">${items.join('')}</ul></section>`;
}

async function sectionHtml(section: ShownSection, beside: Beside): Promise<string> {
  const { name, title, notebook, exhibits, times } = section;
  const shown: string[] = [];
  for (const exhibit of exhibits) {
    const id = exhibit.shown instanceof Statements ? `${name}-claims` : exhibit.name;
    shown.push(
      `<article id="${id}"><h3>${escaped(exhibit.title)}</h3>${await exhibitHtml(exhibit, beside)}</article>`,
    );
  }
  const known = times.flatMap(({ seconds }) => seconds ?? []);
  const total = known.reduce((sum, seconds) => sum + seconds, 0);
  const links = [
    ['The cells', notebook.replace(/\.ipynb$/, '.html'), notebook],
    ['Every number', `${name}.json`, `${name}.json`],
  ] as const;
  const shownLinks = links
    .filter(([, file]) => beside.files.has(file))
    .map(([what, file, text]) => ` ${what}: <a href="${file}">${text}</a>.`);
  return `<section id="${name}"><h2>${escaped(title)}</h2>
<p class="note">${counted(times.length, 'task')}, ${duration(total)} of computing.${shownLinks.join('')}</p>
${shown.join('\n')}
</section>`;
}

function provenanceHtml({ profile, checksums, software, sections }: Page): string {
  const facts = {
    ...software,
    ...Object.fromEntries(Object.entries(checksums).map(([name, sum]) => [`${name} images, SHA-256`, sum])),
  };
  const rows = Object.entries(facts).map(
    ([name, value]) =>
      `<tr><th scope="row">${escaped(name)}</th><td><code>${escaped(value)}</code></td></tr>`,
  );
  const tasks = new Map(sections.flatMap(({ times }) => times).map((task) => [task.label, task]));
  const times = [...tasks.values()].map(
    ({ label, seconds }) =>
      `<tr><td>${escaped(label)}</td><td class="number">${seconds === null ? '–' : duration(seconds)}</td></tr>`,
  );
  return `<section id="provenance"><h2>Provenance</h2>
<div class="scroll"><table><tbody>${rows.join('')}</tbody></table></div>
<details><summary>Time of each of ${counted(tasks.size, 'task')}</summary><div class="scroll"><table><thead><tr><th>Task</th><th class="number">Time</th></tr></thead><tbody>${times.join('')}</tbody></table></div></details>
<details><summary>Every option of the profile</summary><pre>${escaped(JSON.stringify(profile, null, 2))}</pre></details>
</section>`;
}

function claimsOf(exhibits: readonly Exhibit[]): readonly Claim[] {
  return exhibits.flatMap(({ shown }) => (shown instanceof Statements ? shown.claims : []));
}

/** A title up to its colon. */
function short(title: string): string {
  return title.split(':')[0] ?? title;
}
