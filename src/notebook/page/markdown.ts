import { Marked, type Tokens } from 'marked';
import temml from 'temml';

/** What stands for a picture's address: a data URL, or the address itself. */
export type PictureSource = (address: string) => string;

/**
 * Renders a notebook's Markdown as HTML. Formulas become MathML, which browsers show without any script; the notebook's
 * own HTML stays as it is.
 */
export function renderMarkdown(text: string, { picture }: { picture: PictureSource }): string {
  const marked = new Marked({ gfm: true, async: false });
  marked.use({
    extensions: [formula],
    walkTokens: (token) => {
      if (token.type === 'image') token['href'] = picture(String(token['href']));
    },
  });
  // Without `async`, marked returns a string.
  return marked.parse(text) as string;
}

/**
 * A formula as MathML; one that cannot be read stays visible, in red, with the reason as its tooltip. One of its own line
 * scrolls where it is wider than the page.
 */
export function renderFormula(tex: string, isDisplay: boolean): string {
  const math = temml.renderToString(tex, { displayMode: isDisplay, throwOnError: false });
  return isDisplay ? `<span class="formula" tabindex="0">${math}</span>` : math;
}

/** $…$ and $$…$$, before Markdown takes their underscores and backslashes for its own. */
const formula = {
  name: 'formula',
  level: 'inline' as const,
  start: (source: string) => {
    const at = source.indexOf('$');
    return at < 0 ? undefined : at;
  },
  tokenizer(source: string): Tokens.Generic | undefined {
    const found = /^\$\$((?:[^$]|\\\$)+)\$\$|^\$((?:[^$\\\n]|\\.|\n(?!\n))+)\$(?!\d)/.exec(source);
    if (!found) return undefined;
    const [raw, display, inline] = found;
    return { type: 'formula', raw, tex: display ?? inline ?? '', isDisplay: display !== undefined };
  },
  renderer: ({ tex, isDisplay }: Tokens.Generic) => renderFormula(String(tex), isDisplay === true),
};
