/**
 * An HTML table as a record that can be compared cell by cell: what each cell shows, by its row and column; the
 * unrounded number behind it, where it carries one; and the rest of the HTML without its cells. Other HTML stays text.
 */
export function comparableHtml(html: string): unknown {
  if (html.match(/<table\b/g)?.length !== 1) return html;
  const rows = [...html.matchAll(/<tr\b[^>]*>(.*?)<\/tr>/gs)].map(([, row = '']) => cellsOf(row));
  const [heads = [], ...body] = rows;
  const named = body.flatMap((cells, i) =>
    cells.flatMap(({ text, order }, k) => {
      const place = `row ${i + 1} (${cells[0]?.text ?? ''}), ${heads[k]?.text ?? `column ${k + 1}`}`;
      return [[place, text], ...(order === undefined ? [] : [[`${place}, unrounded`, order]])];
    }),
  );
  const around = html.replace(/(<t[hd]\b)[^>]*>.*?(?=<\/t[hd]>)/gs, '$1>');
  return { ...Object.fromEntries(named), around };
}

interface Cell {
  readonly text: string;
  readonly order: string | undefined;
}

function cellsOf(row: string): Cell[] {
  return [...row.matchAll(/<t[hd]\b([^>]*)>(.*?)<\/t[hd]>/gs)].map(([, attributes = '', content = '']) => ({
    text: textOf(content),
    order: / data-order="([^"]+)"/.exec(attributes)?.[1],
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
