// What docstrings cite by number (arXiv:1703.01365, doi:…, PMLR 157:753), as whole references from docs/references.bib.

/** Entries of a .bib file whose fields stand one a line. */
export function readReferences(bib) {
  return [...bib.matchAll(/^@\w+\{([^,]+),\n([\s\S]*?)\n\}/gm)].map(([source, key, body]) => {
    const lines = [...body.matchAll(/^ {2}(\w+) = \{(.*)\},?$/gm)];
    return { key, source, fields: Object.fromEntries(lines.map(([, name, value]) => [name, plain(value)])) };
  });
}

/** Every number in a text by which something is cited, in order. */
export function citedNumbers(text) {
  return text.match(/arXiv:\d{4}\.\d{4,5}|doi:10\.[^\s,;]*[^\s,;.]|PMLR \d+(\(\d+\))?:\d+/g) ?? [];
}

/** The reference that a number names; undefined if there is none. */
export function referenceOf(number, references) {
  return references.find(({ fields: { eprint, doi, series, volume, pages = '' } }) =>
    [`arXiv:${eprint}`, `doi:${doi}`, `${series} ${volume}:${pages.split('–')[0]}`].includes(number),
  );
}

/** 'Karen Simonyan, Andrea Vedaldi and Andrew Zisserman: Deep Inside … ICLR, 2014.', in Markdown. */
export function referenceText({ fields }) {
  const { title, author, booktitle, journal, institution, series, volume, pages, year } = fields;
  const names = author.split(' and ').map((name) => name.split(', ').reverse().join(' '));
  const authors = [names.slice(0, -1).join(', '), names.at(-1)].filter(Boolean).join(' and ');
  const place = volume ? `${series ?? 'vol.'} ${volume}${pages ? `:${pages}` : ''}` : pages && `pp. ${pages}`;
  const where = [booktitle ?? journal ?? institution, place, year].filter(Boolean).join(', ');
  return `${authors}: *${title}*. ${where}.`;
}

const accents = { "'": '\u0301', '^': '\u0302', '"': '\u0308' };

/** Without LaTeX's braces and accents. */
function plain(value) {
  return value
    .replace(/\{\\(['^"])(\w)\}/g, (_, accent, letter) => (letter + accents[accent]).normalize())
    .replace('--', '–');
}
