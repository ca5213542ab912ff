import type { MimeBundle } from '../host.js';
import type { ShownTable } from './shownTable.js';
import { tableHtml } from './tableHtml.js';
import { placedLatex } from './tableLatex.js';
import { tableMarkdown } from './tableMarkdown.js';
import { tableText } from './tableText.js';

/** A table in every format that viewers of notebooks take: HTML, Markdown, LaTeX (for nbconvert's PDF), text. */
export function tableBundle(table: ShownTable): MimeBundle {
  return {
    'text/html': tableHtml(table),
    'text/markdown': tableMarkdown(table),
    'text/latex': placedLatex(table),
    'text/plain': tableText(table),
  };
}
