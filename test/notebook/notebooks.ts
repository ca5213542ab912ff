import type { CellOutput, NotebookCell, NotebookFile } from '../../src/notebook/notebookFile.js';

/** A code cell as it is after a run. */
export function codeCell(
  source: string,
  outputs: readonly CellOutput[] = [],
  metadata: Record<string, unknown> = {},
): NotebookCell {
  return { cell_type: 'code', id: 'a', source, outputs, execution_count: 1, metadata };
}

export function notebook(
  cells: readonly NotebookCell[],
  metadata: Record<string, unknown> = {},
): NotebookFile {
  const kernelspec = { name: 'roarbook', display_name: 'TypeScript (Roarbook)', language: 'typescript' };
  return { cells, metadata: { kernelspec, ...metadata }, nbformat: 4, nbformat_minor: 5 };
}

/** A display of one value in some formats. */
export function shows(data: Record<string, unknown>): CellOutput {
  return { output_type: 'display_data', data, metadata: {} };
}

export function prints(text: string, name: 'stdout' | 'stderr' = 'stdout'): CellOutput {
  return { output_type: 'stream', name, text };
}
