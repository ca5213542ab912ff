// npm run docs: a page for each public name, from its docstring, in docs/api/; see CONTRIBUTING.md for the tags.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { citedNumbers, readReferences, referenceOf, referenceText } from './citations.mjs';
import { SetupError, main } from './report.mjs';
import { packageFolder, setup } from './setup.mjs';

/** The rooms of src in the order of the data flow, and where the index has what they export. */
const rooms = {
  native: 'Device and randomness',
  random: 'Device and randomness',
  data: 'Data',
  models: 'Models',
  attribution: 'Attribution',
  attacks: 'Attacks',
  training: 'Training',
  evaluation: 'Evaluation',
  tables: 'Tables and figures',
  figures: 'Tables and figures',
  explore: 'Live widgets',
  experiments: 'Experiments',
  notebook: 'Executed notebooks',
  errors: 'Errors',
};
const types = 'Options and types';
const references = readReferences(readFileSync(path.join(packageFolder, 'docs/references.bib'), 'utf8'));
const headings = { '@see': 'Source', '@cost': 'Cost', '@differs': 'What differs' };

await main(async () => {
  await setup();
  // Known only after the set-up: it is a development dependency.
  const { Application, Comment, CommentTag, Converter, OptionDefaults } = await import('typedoc');
  const folder = path.join(packageFolder, 'docs/api');
  const app = await Application.bootstrapWithPlugins({
    name: 'Roarbook',
    entryPoints: [path.join(packageFolder, 'src/index.ts')],
    tsconfig: path.join(packageFolder, 'tsconfig.json'),
    readme: path.join(packageFolder, 'docs/start.md'),
    customCss: path.join(packageFolder, 'docs/api.css'),
    blockTags: [...OptionDefaults.blockTags, '@formula', '@cost', '@differs'],
    categoryOrder: [...new Set(Object.values(rooms)), types],
    categorizeByGroup: false,
    navigation: { includeCategories: true, includeGroups: false },
    disableSources: true,
    githubPages: false,
    validation: { notExported: false, invalidLink: true },
  });
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) =>
    arrange(project, (comment = new Comment(), name, text) => {
      comment.blockTags.push(new CommentTag(name, [{ kind: 'text', text }]));
      return comment;
    }),
  );
  const project = await app.convert();
  if (!project) throw new SetupError('The documentation cannot be made; TypeDoc says above what is wrong.');
  const order = readFileSync(path.join(packageFolder, 'src/index.ts'), 'utf8');
  const place = ({ name }) => order.search(new RegExp(`\\{[^}]*\\b${name}\\b`));
  for (const { children } of project.categories) children.sort((a, b) => place(a) - place(b));
  project.readme.push({ kind: 'text', text: index(project) });
  await app.generateDocs(project, folder);
  console.log(`The documentation: ${pathToFileURL(path.join(folder, 'index.html')).href}`);
});

/** Sorts public names by room; puts a method's formula, source and cost first, and its options' fields beside it. */
function arrange(project, withTag) {
  for (const reflection of project.children ?? []) {
    const file = project.getSymbolIdFromReflection(reflection)?.fileName ?? '';
    const [room = ''] = path.relative('src', file).replace(/\.ts$/, '').split(path.sep);
    const value = reflection.signatures || reflection.children?.some(({ name }) => name === 'constructor');
    reflection.comment = withTag(reflection.comment, '@category', (value && rooms[room]) || types);
    if (/(Options|Attack)$/.test(reflection.name)) reflection.comment.modifierTags.add('@expand');
    for (const signature of reflection.signatures ?? []) {
      if (signature.comment) {
        lead(signature.comment);
        link(signature.comment, project);
      }
      for (const parameter of signature.parameters ?? [])
        if (parameter.name === '__namedParameters') parameter.name = 'options';
    }
  }
}

/** Puts formula, source, cost, differences and example, which TypeDoc shows after the parameters, before them. */
function lead(comment) {
  const take = (name) => {
    const found = comment.blockTags
      .filter((block) => block.tag === name)
      .map(({ content }) => textOf(content));
    comment.removeTags(name);
    return found;
  };
  const parts = take('@formula').map((formula) => `<div class="formula">${typeset(formula)}</div>`);
  const cited = [];
  for (const [name, heading] of Object.entries(headings))
    for (const text of take(name)) {
      const other = name === '@see' && text.startsWith('`');
      parts.push(`**${other ? 'See also' : heading}** ${linked(text)}`);
      cited.push(...citedNumbers(text));
    }
  for (const example of take('@example'))
    parts.push(`**Example**, going on from [these lines](../index.html):\n\n${example}`);
  parts.push(...toCite(cited));
  comment.summary.push({ kind: 'text', text: parts.map((part) => `\n\n${part}`).join('') });
}

/** Makes links of functions' names in code, from one function's page to another's. */
function link(comment, { children }) {
  const names = new Set(children.filter(({ signatures }) => signatures).map(({ name }) => name));
  for (const parts of [comment.summary, ...comment.blockTags.map(({ content }) => content)])
    for (const part of parts) {
      if (part.kind === 'code' && part.text.includes('\n')) continue;
      const text = part.text.replace(/`(\w+)`/g, (code, name) =>
        names.has(name) ? `[${code}](${name}.html)` : code,
      );
      if (text !== part.text) Object.assign(part, { kind: 'text', text });
    }
}

/** A formula in one line of Unicode as HTML: z_c gets a subscript. */
function typeset(formula) {
  const escaped = formula.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replace(/\s+/g, ' ');
  return escaped.replace(/_(?:\{([^}]*)\}|(\w))/g, (_, group, letter) => `<sub>${group ?? letter}</sub>`);
}

function linked(text) {
  return text
    .replace(/arXiv:(\d{4}\.\d{4,5})/g, '[arXiv:$1](https://arxiv.org/abs/$1)')
    .replace(/doi:(10\.[^\s,;]*[^\s,;.])/g, '[doi:$1](https://doi.org/$1)');
}

/** The whole references, and their BibTeX, of what a page cites by number. */
function toCite(numbers) {
  const found = new Set(numbers.map((number) => referenceOf(number, references)).filter(Boolean));
  if (found.size === 0) return [];
  const list = Array.from(found, (reference) => `- ${referenceText(reference)}`).join('\n');
  const bib = Array.from(found, ({ source }) => source).join('\n');
  return [
    `**To cite**\n\n${list}`,
    `<details><summary>BibTeX</summary>\n\n\`\`\`bibtex\n${bib}\n\`\`\`\n\n</details>`,
  ];
}

/** Every function with the first sentence of its docstring, by room. */
function index(project) {
  const sections = project.categories.filter(({ title }) => title !== types);
  return sections
    .map(({ title, children }) => {
      const lines = children.map((child) => {
        const folder = child.signatures ? 'functions' : 'classes';
        const text = textOf((child.signatures?.[0] ?? child).comment?.summary ?? []).replace(/\s+/g, ' ');
        const [sentence = ''] = text.split(/(?<=\.) /);
        return `- [${child.name}](${folder}/${child.name}.html): ${sentence}`;
      });
      return `\n\n## ${title}\n\n${lines.join('\n')}`;
    })
    .join('');
}

function textOf(parts) {
  return parts.map(({ text }) => text).join('');
}
