import type ts from 'typescript';
import { Rewriter } from './rewrite.js';
import { lexicalNames, varNames } from './scopes.js';
import { TopLevel } from './topLevel.js';

/**
 * Rewrites the JavaScript of a cell so that it can run as a function and share its variables with other cells:
 *
 * - names of the session become properties of `__scope`, so that a function sees what later cells assign;
 * - imports become calls that resolve from the notebook's folder; `import()` and `import.meta` likewise;
 * - every loop, every function that calls another, and every `await` asks whether the user pressed Stop: an endless loop
 *   then throws an ordinary exception wherever it runs, and `finally` blocks run.
 */
export function rewriteCell(names: ReadonlySet<string>): ts.TransformerFactory<ts.SourceFile> {
  return (context) => (file) => {
    const own = varNames(file, lexicalNames(file.statements));
    const rewriter = new Rewriter(context, new Set([...names, ...own]));
    return context.factory.updateSourceFile(file, new TopLevel(rewriter).statements(file));
  };
}
