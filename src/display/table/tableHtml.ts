import { escaped, prose } from '../html.js';
import { padNumbers } from './shownTable.js';
import type { ShownCell, ShownTable } from './shownTable.js';

/**
 * A table as HTML that needs no style sheet. Numbers stand right, by their decimal points; a click on a head sorts, and
 * so do Enter and Space.
 *
 * Everything is in attributes: where a viewer takes away what is not safe (an untrusted notebook), the plain table is
 * left. A script or a style sheet would stay there as text.
 */
export function tableHtml(table: ShownTable): string {
  const heads = table.columns.map(
    ({ title, isNumeric }) =>
      `<th scope="col" aria-sort="none" tabindex="0" style="${cellStyle};cursor:pointer;${isNumeric ? right : left}">${escaped(title)}<span aria-hidden="true"></span></th>`,
  );
  const rows = padNumbers(table, blanks).map(
    (row) => `<tr>${row.map((cell, i) => cellHtml(cell, headOf(table, i))).join('')}</tr>`,
  );
  const caption = table.title && `<caption style="${captionStyle}">${escaped(table.title)}</caption>`;
  const foot = table.caption && `<p style="${footStyle}">${prose(table.caption)}</p>`;
  const head = `<thead onclick="${sort}" onkeydown="${press}"><tr>${heads.join('')}</tr></thead>`;
  return `<div><table style="${tableStyle}${roomFor(table.title)}">${caption}${head}<tbody>${rows.join('')}</tbody></table>${foot}</div>`;
}

/** A few short columns would wrap a long title after each word; a narrow page wraps it rather than hide columns. */
function roomFor(title: string): string {
  return title === '' ? '' : `;min-width:min(100%,${Math.ceil(0.62 * title.length)}em)`;
}

type Kind = 'row head' | 'text' | 'number';

/** The first column names its row, unless it holds numbers. */
function headOf({ columns }: ShownTable, i: number): Kind {
  if (columns[i]?.isNumeric) return 'number';
  return i === 0 ? 'row head' : 'text';
}

function cellHtml({ text, spread, beside, isBest = false, order }: ShownCell, kind: Kind): string {
  const value = isBest ? `<strong title="best of its column">${escaped(text)}</strong>` : escaped(text);
  const parts = [
    value,
    ...(spread === undefined ? [] : [`<small>${escaped(spread)}</small>`]),
    ...(beside === undefined ? [] : [`<small style="opacity:0.75">${escaped(beside)}</small>`]),
  ].join('&ensp;');
  if (kind === 'row head')
    return `<th scope="row" style="${cellStyle};${left};font-weight:normal;white-space:nowrap">${parts}</th>`;
  const key = typeof order === 'number' || order === null ? ` data-order="${order ?? ''}"` : '';
  return `<td${key} style="${cellStyle};${kind === 'number' ? `${right};white-space:nowrap` : left}">${parts}</td>`;
}

const blanks = { digit: '\u2007', point: '\u2008' };
const left = 'text-align:left';
const right = 'text-align:right';
const cellStyle = 'padding:0.15em 1em 0.15em 0';
const tableStyle = 'border-collapse:collapse;font-variant-numeric:tabular-nums;width:auto';
const captionStyle = 'text-align:left;font-weight:bold;padding:0.3em 0';
const footStyle = 'margin:0.3em 0;max-width:52em;font-size:0.9em';

// Missing values stay below; texts that hold numbers are sorted by them.
const sort = `
const head = event.target.closest('th'), body = head.closest('table').tBodies[0], up = head.ariaSort !== 'ascending';
for (const th of head.parentNode.cells) {
  th.ariaSort = th === head ? (up ? 'ascending' : 'descending') : 'none';
  th.lastChild.textContent = th === head ? (up ? ' ▲' : ' ▼') : '';
}
const key = (row) => row.cells[head.cellIndex].dataset.order ?? row.cells[head.cellIndex].textContent;
const compare = (a, b) => a - b || a.localeCompare(b, 'en', { numeric: true });
body.append(...[...body.rows].sort((one, two) => {
  const a = key(one), b = key(two);
  return (a === '') - (b === '') || (up ? compare(a, b) : compare(b, a));
}));`
  .replace(/\s+/g, ' ')
  .trim();
const press = `if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); event.stopPropagation(); event.target.click(); }`;
