import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import ts from 'typescript';
import { temporaryFolder } from './fixtures/temporaryFolder.js';

const source = path.resolve(import.meta.dirname, '../src');
/** What package.json exports: the package, `roarbook/kernel` and `roarbook/compiler`. */
const entries = ['index.ts', 'display/index.ts', 'compiler/index.ts'].map((file) => path.join(source, file));

describe('completion and inspection', () => {
  it('find a doc comment on every public name, and on every field of what is passed in and handed out', () => {
    assert.deepEqual(undocumented(entries, source), []);
  });

  it('would show which one lacks it', () => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'index.ts');
    const fields = '/** Steps. */\nsteps: number;\nattack?: readonly { epsilon: number }[];';
    writeFileSync(
      file,
      `interface Options {\n${fields}\n}\nexport const run = (options: Options) => options;`,
    );
    assert.deepEqual(undocumented([file], folder), ['run', 'Options.attack', 'Options.attack.epsilon']);
  });
});

/** Exported names, and public members of the types that they lead to, without a doc comment; those of `folder`. */
function undocumented(files: readonly string[], folder: string): string[] {
  const options = { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022, strict: true, types: [] };
  const program = ts.createProgram(files, options);
  const checker = program.getTypeChecker();
  const found = new Map<ts.Node, string>();
  const visited = new Set<ts.Type>();
  const check = (symbol: ts.Symbol, name: string) => {
    const node = declaredIn(folder, symbol);
    if (!node || found.has(node) || symbol.getDocumentationComment(checker).length > 0) return;
    // A function's own comment tells what an object is that only it takes or returns.
    if (!ts.findAncestor(node.parent, ts.isFunctionLike)) found.set(node, name);
  };
  const visit = (type: ts.Type, name: string): void => {
    if (visited.has(type)) return;
    visited.add(type);
    if (type.isUnionOrIntersection()) type.types.forEach((part) => visit(part, name));
    if (!(type.flags & ts.TypeFlags.Object)) return;
    for (const part of checker.getTypeArguments(type as ts.TypeReference)) visit(part, name);
    const own = [type.aliasSymbol, type.symbol].find(Boolean)?.name ?? '__type';
    for (const member of type.getProperties().filter((member) => declaredIn(folder, member))) {
      const title = `${own.startsWith('__') ? name : own}.${member.name}`;
      check(member, title);
      visit(checker.getTypeOfSymbol(member), title);
    }
    for (const signature of type.getCallSignatures()) {
      for (const parameter of signature.parameters) visit(checker.getTypeOfSymbol(parameter), name);
      visit(signature.getReturnType(), name);
    }
  };
  for (const file of files) {
    const parsed = program.getSourceFile(file);
    const module = parsed && checker.getSymbolAtLocation(parsed);
    assert.ok(module, `${file} exports something`);
    for (const named of checker.getExportsOfModule(module)) {
      const symbol = named.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(named) : named;
      check(symbol, symbol.name);
      if (symbol.flags & ts.SymbolFlags.Type) visit(checker.getDeclaredTypeOfSymbol(symbol), symbol.name);
      if (symbol.flags & ts.SymbolFlags.Value) visit(checker.getTypeOfSymbol(symbol), symbol.name);
    }
  }
  return [...found.values()];
}

function declaredIn(folder: string, { declarations = [] }: ts.Symbol): ts.Declaration | undefined {
  const node = declarations.find((declaration) => declaration.getSourceFile().fileName.startsWith(folder));
  const name = node && ts.getNameOfDeclaration(node);
  const isPrivate = node && ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Private;
  return isPrivate || (name && ts.isPrivateIdentifier(name)) ? undefined : node;
}
