import { python } from './python.js';

/**
 * Executes one of the package's notebooks headless, showing in the terminal what its cells show.
 *
 * @param parameters - Values for the cell that is tagged `parameters`.
 * @returns The exit code: not 0 if a cell failed; what ran before is kept in `executed`.
 */
export function runNotebook(notebook: string, executed: string, parameters: object): Promise<number> {
  return python(['scripts/run_notebook.py', `notebooks/${notebook}`, executed, JSON.stringify(parameters)]);
}

/** Makes a page of an executed notebook, beside it. */
export function notebookPage(executed: string): Promise<number> {
  return python(['-m', 'nbconvert', '--log-level=ERROR', '--to=html', executed]);
}
