import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, it } from 'node:test';
import ts from 'typescript';
import { citedNumbers, readReferences, referenceOf, referenceText } from '../../scripts/citations.mjs';
import { temporaryFolder } from '../fixtures/temporaryFolder.js';
import { exportedNames, publicFunctions, source } from './publicFunctions.js';

/** What a public function's docstring must hold, by the folder that it stands in; see CONTRIBUTING.md. */
const required: Readonly<Record<string, readonly string[]>> = {
  models: ['example'],
  attribution: ['formula', 'cost', 'see', 'example'],
  attacks: ['formula', 'cost', 'see', 'example'],
  training: ['formula', 'cost', 'see', 'example'],
  evaluation: ['formula', 'cost', 'see', 'example'],
};
const documented = publicFunctions().filter(({ room }) => required[room]);
const withExample = publicFunctions().filter(({ tags }) => tags.has('example'));
const file = path.join(temporaryFolder(), 'examples.mts');
/** The lines that every example goes on from, without their import. */
const start = /```ts\nimport [^\n]*\n([^`]*)```/.exec(
  readFileSync(path.join(source, '../docs/start.md'), 'utf8'),
)?.[1];
assert.ok(start, 'docs/start.md has the lines that examples go on from');

writeFileSync(
  file,
  [
    `import { ${[...exportedNames().keys()].join(', ')} } from '${source}/index.js';`,
    start,
    ...withExample.map(
      ({ name, tags }) => `export async function ${name}Example() {\n${tags.get('example')}\n}`,
    ),
  ].join('\n'),
);

describe('the documentation of public functions', () => {
  it('finds the functions that it judges', () => {
    assert.ok(documented.length >= 15, `${documented.length}`);
  });

  for (const { name, room, tags } of documented) {
    it(`of ${room}/${name} has every tag, and an example of at most five lines that calls it`, () => {
      const missing = required[room]?.filter((tag) => !tags.get(tag));
      assert.deepEqual(missing, []);
      const lines = tags.get('example')?.split('\n') ?? [];
      assert.ok(lines.length <= 5, `${lines.length} lines`);
      assert.match(lines.join('\n'), new RegExp(`\\b${name}\\(`));
    });
  }
});

describe('what docstrings cite', () => {
  const bib = readFileSync(path.join(source, '../docs/references.bib'), 'utf8');
  const references = readReferences(bib);
  const numbers = publicFunctions().flatMap(({ tags }) => citedNumbers(tags.get('see') ?? ''));

  it('stands in docs/references.bib, each once', () => {
    assert.deepEqual(
      [...new Set(numbers)].filter((number) => !referenceOf(number, references)),
      [],
    );
    assert.equal(references.length, bib.match(/^@/gm)?.length);
    assert.equal(new Set(references.map(({ key }) => key)).size, references.length);
    // Without it BibTeX's styles print a number of no archive.
    const bare = references.filter(({ fields }) => fields.eprint && fields.archivePrefix !== 'arXiv');
    assert.deepEqual(bare, []);
  });

  it('reads as a reference: authors, title, where, when', () => {
    const text = (number: string) => {
      const reference = referenceOf(number, references);
      return reference && referenceText(reference);
    };
    assert.equal(
      text('arXiv:1703.01365'),
      'Mukund Sundararajan, Ankur Taly and Qiqi Yan: *Axiomatic Attribution for Deep Networks*. International Conference on Machine Learning (ICML), PMLR 70:3319–3328, 2017.',
    );
    assert.match(text('PMLR 157:753') ?? '', /^Guohang Zeng, .* \(ACML\), PMLR 157:753–768, 2021\.$/);
  });
});

describe('the examples', () => {
  it('have right types', () => {
    const config = ts.getParsedCommandLineOfConfigFile(path.join(source, '../tsconfig.json'), {}, {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: () => undefined,
    } as ts.ParseConfigFileHost);
    assert.ok(config);
    const { rootDir, ...options } = config.options;
    assert.ok(rootDir);
    // As a notebook is: what is not used, and the first batch, are no errors.
    const lenient = { noEmit: true, noUnusedLocals: false, noUncheckedIndexedAccess: false };
    const program = ts.createProgram([file], { ...options, ...lenient });
    const wrong = ts.getPreEmitDiagnostics(program, program.getSourceFile(file));
    assert.deepEqual(
      wrong.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
      [],
    );
  });

  it('run', async (context) => {
    // The file was written above: a function for each example.
    const module = (await import(pathToFileURL(file).href)) as Record<string, () => Promise<void>>;
    for (const { name } of withExample) await context.test(name, () => module[`${name}Example`]?.());
  });
});
