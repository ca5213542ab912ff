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
/** What a parameter of this name is, where a docstring says nothing. */
const usual = {
  model: 'Maps images [N, H, W, C] to logits [N, K].',
  dataset: 'N images [H, W, C], as bytes or as float32 in [0, 1], and their classes.',
};

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
    preservedTypeAnnotationTags: ['@throws'],
    highlightLanguages: [...OptionDefaults.highlightLanguages, 'bibtex'],
    categoryOrder: [...new Set(Object.values(rooms)), types],
    categorizeByGroup: false,
    navigation: { includeCategories: true, includeGroups: false },
    disableSources: true,
    githubPages: false,
    validation: { notExported: false, invalidLink: true },
  });
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) =>
    arrange(project, {
      comment: (text) => new Comment([{ kind: 'text', text }]),
      tag: (name, content) => new CommentTag(name, content),
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
function arrange(project, make) {
  for (const reflection of project.children ?? []) {
    const file = project.getSymbolIdFromReflection(reflection)?.fileName ?? '';
    const [room = ''] = path.relative('src', file).replace(/\.ts$/, '').split(path.sep);
    const value = reflection.signatures || reflection.children?.some(({ name }) => name === 'constructor');
    reflection.comment ??= make.comment('');
    reflection.comment.blockTags.push(
      make.tag('@category', [{ kind: 'text', text: (value && rooms[room]) || types }]),
    );
    if (/(Options|Attack)$/.test(reflection.name)) reflection.comment.modifierTags.add('@expand');
  }
  const functions = new Map(
    project.children.flatMap(({ name, signatures }) => (signatures ? [[name, signatures[0]]] : [])),
  );
  // What is taken from another page is as its docstring has it, so that nothing becomes a link twice.
  for (const { comment } of functions.values()) if (comment) inherit(comment, functions);
  for (const { comment, parameters = [] } of functions.values()) {
    for (const parameter of parameters)
      if (parameter.name === '__namedParameters') parameter.name = 'options';
    if (!comment) continue;
    describe(comment, parameters, make);
    listErrors(comment, make);
    lead(comment);
    link(comment, functions);
  }
}

/** Takes what a docstring leaves to another's, "`smoothGrad`, for parameters and errors" or "As `pgd`.", from there. */
function inherit(comment, functions) {
  const take = (name, tags) => {
    const missing = ({ tag, name }) =>
      tags.includes(tag) && !comment.blockTags.some((own) => own.tag === tag && own.name === name);
    const others = functions.get(name)?.comment.blockTags.filter(missing) ?? [];
    comment.blockTags.push(...others.map((block) => block.clone()));
  };
  for (const { tag, content } of [...comment.blockTags]) {
    const [, parameters] = textOf(content).match(/`(\w+)`, for parameters and errors/) ?? [];
    if (tag === '@see') take(parameters, ['@param', '@returns', '@throws']);
  }
  const same = comment.blockTags.find(
    ({ tag, content }) => tag === '@throws' && /^As `\w+`\.\s*$/.test(textOf(content)),
  );
  if (!same) return;
  const own = comment.blockTags.filter(({ tag }) => tag === '@throws');
  comment.removeTags('@throws');
  take(textOf(same.content).match(/\w+(?=`)/)[0], ['@throws']);
  comment.blockTags.push(...own.filter((block) => block !== same));
}

/** Says what the parameters are that the docstring leaves out. */
function describe(comment, parameters, make) {
  const named = comment.blockTags.filter(({ tag }) => tag === '@param').map(({ name }) => name);
  for (const { name } of parameters) {
    if (named.includes(name)) continue;
    // TypeDoc shows an option type's text beside its fields, and once more where the parameter has none.
    const tag = make.tag('@param', [{ kind: 'text', text: usual[name] ?? ' ' }]);
    comment.blockTags.push(Object.assign(tag, { name }));
  }
}

/** The errors as one list, each with its class. */
function listErrors(comment, make) {
  const errors = comment.blockTags.filter(({ tag }) => tag === '@throws');
  if (errors.length === 0) return;
  comment.removeTags('@throws');
  const lines = errors.map(({ typeAnnotation, content }) => {
    const [name] = typeAnnotation?.match(/\w+/) ?? [];
    const text = textOf(content).trim();
    return `- ${name ? `[\`${name}\`](../classes/${name}.html): ` : ''}${text}`;
  });
  comment.blockTags.push(make.tag('@throws', [{ kind: 'text', text: lines.join('\n') }]));
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

/** Makes links of functions' names in code, from one function's page to another's, and subscripts of z_c. */
function link(comment, functions) {
  for (const parts of [comment.summary, ...comment.blockTags.map(({ content }) => content)])
    for (const part of parts) {
      const text = part.text.replace(
        /(```[^]*?```|<pre[^]*?<\/pre>)|`(\w+)`|([^`]+)/g,
        (all, block, name, prose) => {
          if (block) return block;
          if (prose) return part.kind === 'text' ? subscripts(prose) : prose;
          return functions.has(name) ? `[\`${name}\`](${name}.html)` : all;
        },
      );
      if (text !== part.text) Object.assign(part, { kind: 'text', text });
    }
}

/** A formula in one line of Unicode as HTML. */
function typeset(formula) {
  const escaped = formula.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replace(/\s+/g, ' ');
  return subscripts(escaped).replace(/`(.*?)`/g, '<code>$1</code>');
}

/** z_c and Σ_{j≠y} with a subscript; a longer name with an underscore stays. */
function subscripts(text) {
  return text.replace(
    /(?<![\p{L}\p{N}_][\p{L}\p{N}_])_(?:\{([^}]*)\}|([\p{L}\p{N}]))(?![\p{L}\p{N}_])/gu,
    (_, group, letter) => `<sub>${group ?? letter}</sub>`,
  );
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
        const text = textOf((child.signatures?.[0] ?? child).comment?.summary ?? [])
          .replace(/\s+/g, ' ')
          .replace(/\]\((?=\w+\.html\))/g, '](functions/');
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
