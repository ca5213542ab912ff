import type { ShownCell, ShownTable } from './shownTable.js';

/** Letters from which on a column's text wraps. */
const longText = 80;

/** The tabular alone: rules of booktabs, the best value bold, what it is compared with small; long text wraps. */
export function tabularLatex({ columns, rows }: ShownTable): string {
  const line = (cells: readonly string[]) => `${cells.join(' & ')} \\\\`;
  const alignments = columns.map(({ isNumeric }, i) => {
    if (isNumeric) return 'r';
    return rows.some((row) => (row[i]?.text.length ?? 0) >= longText) ? 'p{0.7\\linewidth}' : 'l';
  });
  return [
    `\\begin{tabular}{${alignments.join('')}}`,
    '\\toprule',
    line(columns.map(({ title }) => escapedLatex(title))),
    '\\midrule',
    ...rows.map((row) => line(row.map(write))),
    '\\bottomrule',
    '\\end{tabular}',
  ].join('\n');
}

/**
 * A table that floats, for a paper; it needs the package booktabs.
 *
 * @param label - For `\ref`; none by default.
 */
export function tableLatex(table: ShownTable, { label }: { label?: string } = {}): string {
  const caption = [table.title && `${table.title}.`, table.caption].filter(Boolean).join(' ');
  return [
    '\\begin{table}[t]',
    '\\centering',
    ...(caption ? [`\\caption{${escapedLatex(caption)}}`] : []),
    ...(label === undefined ? [] : [`\\label{${label}}`]),
    tabularLatex(table),
    '\\end{table}',
  ].join('\n');
}

/** A table where it stands, no wider than the page, for a notebook that becomes a PDF (nbconvert loads adjustbox). */
export function placedLatex(table: ShownTable): string {
  const head = table.title && `\\noindent\\textbf{${escapedLatex(table.title)}}\\\\[0.5ex]`;
  const foot = table.caption && `\\\\[0.5ex]{\\footnotesize ${escapedLatex(table.caption)}}`;
  const body = `\\begin{adjustbox}{max width=\\textwidth}\n${tabularLatex(table)}\n\\end{adjustbox}`;
  return `{\\raggedright\n${head}\n${body}${foot}\\par}`;
}

function write({ text, spread, beside, isBest = false }: ShownCell): string {
  const value = escapedLatex(text);
  const small = [spread, beside].flatMap((part) =>
    part === undefined ? [] : [`{\\scriptsize ${escapedLatex(part)}}`],
  );
  return [isBest ? `\\textbf{${value}}` : value, ...small].join(' ');
}

/** What LaTeX reads as a command, and the signs that its standard fonts lack. */
const signs: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '–': '--',
  '…': '\\dots{}',
  ρ̃: '$\\tilde{\\rho}$',
  ...Object.fromEntries([...'#$%&_{}'].map((sign) => [sign, `\\${sign}`])),
  ...Object.fromEntries(
    Object.entries({
      '−': '-',
      '±': '\\pm',
      '×': '\\times',
      '≤': '\\le',
      '≥': '\\ge',
      '∞': '\\infty',
      '∇': '\\nabla',
      '→': '\\rightarrow',
      ℓ: '\\ell',
      Ψ: '\\Psi',
      ε: '\\varepsilon',
      λ: '\\lambda',
      ξ: '\\xi',
      ρ: '\\rho',
      σ: '\\sigma',
      η: '\\eta',
      ᵢ: '_i',
      ⱼ: '_j',
      '<': '<',
      '>': '>',
      '|': '|',
    }).map(([sign, tex]) => [sign, `$${tex}$`]),
  ),
};
const pattern = new RegExp(
  `ρ̃|[${Object.keys(signs)
    .filter((sign) => [...sign].length === 1)
    .map((sign) => `\\u{${sign.codePointAt(0)?.toString(16)}}`)
    .join('')}]`,
  'gu',
);

function escapedLatex(text: string): string {
  return text.replace(pattern, (sign) => signs[sign] ?? sign);
}
