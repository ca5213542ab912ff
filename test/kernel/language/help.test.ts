import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import ts from 'typescript';
import { complete, inspect } from '../../../src/kernel/language/assistance.js';
import { Session } from '../../../src/kernel/language/session.js';
import { publicFunctions } from '../../examples/publicFunctions.js';
import { root } from '../built.js';

const names = publicFunctions().map(({ name }) => name);

describe('help while typing', () => {
  const session = new Session(root);
  const imports = session.convert(`import { ${names.join(', ')} } from 'roarbook'`, 1, true);
  assert.ok(imports.ok, JSON.stringify(imports));
  session.commit(1, Infinity);
  session.convert(
    `import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import type { Model } from 'roarbook';
declare const model: Model; declare const images: Tensor4D;`,
    2,
    true,
  );
  session.commit(2, Infinity);
  const said = (code: string) => inspect(session, code, code.length)?.plain ?? '';

  it('shows the docstring of every public function', () => {
    const silent = names.filter((name) => !/\n\n\S/.test(said(name)));
    assert.deepEqual(silent, []);
  });

  it('shows the paper of pgd in the first lines, which a tooltip shows without scrolling', () => {
    const lines = said('pgd').split('\n');
    const line = lines.findIndex((text) => /^@see Madry et al\. 2018, .*arXiv:1706\.06083/.test(text));
    assert.ok(line > 0 && line <= 6, lines.slice(0, 12).join('\n'));
  });

  it('lists the options of a function with type, unit and default, after its paper', () => {
    const text = said('pgd');
    assert.match(text, /\n- `epsilon: number` Radius of the ball, ≥ 0/);
    assert.match(text, /\n- `steps\?: number` Default 20/);
    assert.ok(text.indexOf('@see Madry') < text.indexOf('\n\nOptions:\n\n- `'));
    assert.match(said('pgd('), /\n- `steps\?: number` Default 20/);
    for (const name of ['trainStandard', 'integratedGradients', 'roar'])
      assert.match(said(name), /\n- `\w+\??: [^`]+` \S/, name);
  });

  it('lists the options of a function of the cell or of Node, and none where the last argument is no such object', () => {
    const own = `/** Adds. */ function add(a: number, options: {
      /** In metres; default 2. */ width?: number; depth: string }) {}\nadd`;
    assert.match(said(own), /\n- `width\?: number` In metres; default 2\.\n- `depth: string`/);
    assert.match(said("import { cp } from 'node:fs/promises';\ncp"), /\n- `recursive\?: boolean/);
    for (const code of ['parseInt', 'Math.max', 'function f(a: number[]) {}\nf'])
      assert.ok(!said(code).includes('Options:'), code);
  });

  it('completes options, and says unit and default of each', () => {
    const code = "pgd(model, images, [0], { norm: 'l2', ep";
    assert.ok(complete(session, code, code.length).matches.includes('epsilon'));
    assert.match(said("pgd(model, images, [0], { norm: 'l2', epsilon"), /Radius of the ball, ≥ 0/);
    assert.match(said("pgd(model, images, [0], { norm: 'l2', epsilon: 1, steps"), /Default 20/);
  });

  it('calls a misspelt option an error, and names the one that is meant', () => {
    const found = session.convert("await pgd(model, images, [0], { norm: 'l2', epsilom: 1 })", 3, true);
    assert.ok(!found.ok);
    assert.match(found.diagnostics[0]?.message ?? '', /'epsilom' does not exist .* write 'epsilon'\?/);
  });

  it('knows what every option of every public function is', () => {
    const index = path.join(root, 'dist/index.d.ts');
    const moduleResolution = ts.ModuleResolutionKind.Bundler;
    const module = ts.ModuleKind.ESNext;
    const program = ts.createProgram([index], { moduleResolution, module, skipLibCheck: true, strict: true });
    const [checker, file] = [program.getTypeChecker(), program.getSourceFile(index)];
    const exports = file && checker.getSymbolAtLocation(file);
    assert.ok(exports);
    const options = checker.getExportsOfModule(exports).flatMap((exported) => {
      const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
      const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
      return names.includes(exported.name) ? optionsOf(checker, symbol) : [];
    });
    assert.ok(options.length > 300, `${options.length}`);
    assert.deepEqual(
      options.filter(({ text }) => text === '').map(({ name }) => name),
      [],
    );
  });
});

/** The options of a function's last parameter, with what is said of each there or in the function's own docstring. */
function optionsOf(checker: ts.TypeChecker, symbol: ts.Symbol): { name: string; text: string }[] {
  const own = symbol
    .getJsDocTags(checker)
    .map(({ text }) => ts.displayPartsToString(text))
    .join('\n');
  const parameters = checker
    .getTypeOfSymbol(symbol)
    .getCallSignatures()
    .flatMap(({ parameters }) => parameters.slice(-1));
  return parameters
    .filter(({ name }) => /options|changes|^__0$/.test(name))
    .flatMap((parameter) => checker.getNonNullableType(checker.getTypeOfSymbol(parameter)).getProperties())
    .map((option) => {
      const text = ts.displayPartsToString(option.getDocumentationComment(checker));
      const isNamed = own.includes(`\`${option.name}\``);
      return { name: `${symbol.name}.${option.name}`, text: text || (isNamed ? own : '') };
    });
}
