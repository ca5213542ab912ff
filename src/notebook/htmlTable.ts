/**
 * HTML as a record that can be compared: its embedded pictures, and of a table each cell by row and column: what it
 * shows, the unrounded number behind it where it carries one, and its markup; the rest of the HTML without these.
 */
export function comparableHtml(html: string): unknown {
  const pictures: string[] = [];
  const text = html.replace(/data:image\/[a-z]+;base64,[A-Za-z0-9+/=]+/g, (url) => {
    pictures.push(url);
    return '⟨picture⟩';
  });
  const isTable = text.match(/<table\b/g)?.length === 1;
  if (!isTable && pictures.length === 0) return html;
  return {
    ...(isTable ? comparableTable(text) : { around: text }),
    ...(pictures.length > 0 && { pictures }),
  };
}

function comparableTable(html: string): Record<string, string> {
  const rows = [...html.matchAll(/<tr\b[^>]*>(.*?)<\/tr>/gs)].map(([, row = '']) => cellsOf(row));
  const [heads = [], ...body] = rows;
  const named = body.flatMap((cells, i) =>
    cells.flatMap(({ text, order, markup }, k) => {
      const place = `row ${i + 1} (${cells[0]?.text ?? ''}), ${heads[k]?.text ?? `column ${k + 1}`}`;
      const unrounded = order === undefined ? [] : [[`${place}, unrounded`, order]];
      return [[place, text], ...unrounded, [`${place}, markup`, markup]];
    }),
  );
  const titles = heads.map(({ text, markup }, k) => [`head ${k + 1}`, text + markup]);
  const around = html.replace(/(<t[hd]\b)[^>]*>.*?(?=<\/t[hd]>)/gs, '$1>');
  return { ...Object.fromEntries([...named, ...titles]), around };
}

interface Cell {
  readonly text: string;
  readonly order: string | undefined;
  /** Its tags with their attributes, which may hold a tooltip. */
  readonly markup: string;
}

function cellsOf(row: string): Cell[] {
  return [...row.matchAll(/<t[hd]\b([^>]*)>(.*?)<\/t[hd]>/gs)].map(([, attributes = '', content = '']) => ({
    text: textOf(content),
    order: / data-order="([^"]+)"/.exec(attributes)?.[1],
    markup: attributes.replace(/ data-order="[^"]*"/, '') + (content.match(/<[^>]*>/g)?.join('') ?? ''),
  }));
}

/** What is read: no tags, no blanks that only align. */
function textOf(html: string): string {
  return html
    .replace(/<[^>]*>/g, '')
    .replace(/&ensp;/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}
