import { tagsOf, type NotebookCell, type NotebookFile } from './notebookFile.js';

/** Cells that a run adds: parameters from outside, and where the numbers come from. */
const added = ['injected-parameters', 'injected-provenance'];

/** What frontends and runs note in metadata. */
const noted = ['execution', 'collapsed', 'papermill'];

/** The notebook as it is kept in a repository: without outputs, counts, and what running it added. */
export function strip(notebook: NotebookFile): NotebookFile {
  const cells = notebook.cells.filter((cell) => !tagsOf(cell).some((tag) => added.includes(tag)));
  return {
    ...notebook,
    cells: cells.map(stripCell),
    metadata: without(notebook.metadata, ['roarbook', 'papermill', 'widgets', 'signature']),
  };
}

/** Whether a notebook is as `strip` leaves it. */
export function isStripped(notebook: NotebookFile): boolean {
  return JSON.stringify(notebook) === JSON.stringify(strip(notebook));
}

function stripCell(cell: NotebookCell): NotebookCell {
  const stripped = { ...cell, metadata: without(cell.metadata, noted) };
  return cell.cell_type === 'code' ? { ...stripped, outputs: [], execution_count: null } : stripped;
}

function without(record: Readonly<Record<string, unknown>>, names: readonly string[]) {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
}
