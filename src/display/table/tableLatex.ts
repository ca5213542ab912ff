import { padNumbers } from './shownTable.js';
import type { ShownCell, ShownTable } from './shownTable.js';

/** Letters from which on a column's text wraps. */
const longText = 80;

/** The tabular alone: rules of booktabs, the best value bold, what it is compared with small; long text wraps. */
export function tabularLatex(table: ShownTable): string {
  const { columns, rows } = table;
  // What follows a number is as wide in every row, so that decimal points stand below each other.
  const padded = padNumbers(table, blanks).map((row, i) =>
    row.map((cell, k) => ({ ...cell, text: rows[i]?.[k]?.text ?? cell.text })),
  );
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
    ...padded.map((row) => line(row.map(write))),
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

const blanks = { digit: '\u2007', point: '\u2008' };

/** Signs that LaTeX has in formulas alone, each before its command. */
const mathSigns = String.raw`−- ±\pm ×\times ≤\le ≥\ge ≈\approx ≠\ne ∞\infty ∂\partial ∇\nabla ∑\sum ∏\prod √\surd ∈\in ‖\|
→\rightarrow ↑\uparrow ↓\downarrow ℓ\ell Γ\Gamma Δ\Delta Θ\Theta Λ\Lambda Ξ\Xi Π\Pi Σ\Sigma Φ\Phi Ψ\Psi Ω\Omega
α\alpha β\beta γ\gamma δ\delta ε\varepsilon ζ\zeta η\eta θ\theta ι\iota κ\kappa λ\lambda μ\mu ν\nu ξ\xi π\pi ρ\rho
σ\sigma τ\tau υ\upsilon φ\varphi χ\chi ψ\psi ω\omega ₀_0 ₁_1 ₂_2 ₃_3 ₄_4 ₅_5 ₆_6 ₇_7 ₈_8 ₉_9 ᵢ_i ⱼ_j
⁰^0 ⁴^4 ⁵^5 ⁶^6 ⁷^7 ⁸^8 ⁹^9 ⁻^- ²^2 ³^3 ¹^1 << >> ||`;

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
    mathSigns.split(/\s/).map((entry) => [[...entry][0], `$${[...entry].slice(1).join('')}$`]),
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
  return text
    .replace(pattern, (sign) => signs[sign] ?? sign)
    .replace(
      /[\u2007\u2008]+/g,
      (room) => `\\phantom{${room.replace(/\u2007/g, '0').replace(/\u2008/g, '.')}}`,
    );
}
