import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

export const source = path.resolve(import.meta.dirname, '../../src');

/** A function that src/index.ts exports, and its docstring's tags. */
export interface PublicFunction {
  readonly name: string;
  /** The folder of src that it stands in. */
  readonly room: string;
  readonly tags: ReadonlyMap<string, string>;
}

/** Everything that src/index.ts exports as a value, by name, with the file that it comes from. */
export function exportedNames(): Map<string, string> {
  const names = new Map<string, string>();
  for (const statement of parse(path.join(source, 'index.ts')).statements) {
    if (!ts.isExportDeclaration(statement) || statement.isTypeOnly || !statement.moduleSpecifier) continue;
    const clause = statement.exportClause;
    if (!clause || !ts.isNamedExports(clause)) continue;
    const module = (statement.moduleSpecifier as ts.StringLiteral).text.replace(/\.js$/, '.ts');
    for (const { name } of clause.elements) names.set(name.text, path.join(source, module));
  }
  return names;
}

export function publicFunctions(): PublicFunction[] {
  return [...exportedNames()].flatMap(([name, file]) => {
    const declared = parse(file).statements.find(
      (statement): statement is ts.FunctionDeclaration =>
        ts.isFunctionDeclaration(statement) && statement.name?.text === name,
    );
    if (!declared) return [];
    const tags = ts
      .getJSDocTags(declared)
      .map((tag) => [tag.tagName.text, tag.getText().replace(/^\s*\* ?/gm, '')] as const)
      .map(([tag, text]) => [tag, text.replace(/^@\w+\s*/, '').trim()] as const);
    return [{ name, room: path.relative(source, file).split(path.sep)[0] ?? '', tags: new Map(tags) }];
  });
}

function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true);
}
