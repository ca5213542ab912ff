import ts from 'typescript';

/** A node's comments are not in TypeScript's public types. */
interface Commented {
  jsDoc?: readonly (ts.Node & { parent: ts.Node })[];
}

const done = new WeakSet<ts.SourceFile>();

/**
 * Puts the documentation comments of a file into its syntax tree. The program leaves them out of every file that it
 * reads, since only questions about a name need them, and those of few files.
 */
export function readComments(file: ts.SourceFile): void {
  if (done.has(file)) return;
  done.add(file);
  const options = {
    languageVersion: ts.ScriptTarget.ES2022,
    jsDocParsingMode: ts.JSDocParsingMode.ParseAll,
  };
  const { scriptKind } = file as { scriptKind?: ts.ScriptKind };
  copy(ts.createSourceFile(file.fileName, file.text, options, true, scriptKind), file);
}

/** The trees of one text, parsed twice, have the same shape. */
function copy(from: ts.Node, to: ts.Node): void {
  const { jsDoc } = from as Commented;
  if (jsDoc) {
    for (const comment of jsDoc) comment.parent = to;
    Object.assign(to, { jsDoc });
  }
  const children: ts.Node[] = [];
  ts.forEachChild(to, (child) => void children.push(child));
  let i = 0;
  ts.forEachChild(from, (child) => {
    const twin = children[i++];
    if (twin) copy(child, twin);
  });
}
