import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { DataError } from '../errors.js';

/** Text as nbformat 4 stores it: whole, or line by line. */
export type Multiline = string | readonly string[];

/** What a cell has shown. @see https://nbformat.readthedocs.io/en/latest/format_description.html */
export type CellOutput =
  | { readonly output_type: 'stream'; readonly name: 'stdout' | 'stderr'; readonly text: Multiline }
  | {
      readonly output_type: 'display_data' | 'execute_result';
      readonly data: Readonly<Record<string, unknown>>;
      readonly metadata?: unknown;
    }
  | {
      readonly output_type: 'error';
      readonly ename: string;
      readonly evalue: string;
      readonly traceback: readonly string[];
    };

export interface NotebookCell {
  readonly cell_type: 'code' | 'markdown' | 'raw';
  readonly id?: string;
  readonly source: Multiline;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly outputs?: readonly CellOutput[];
  readonly execution_count?: number | null;
}

export interface NotebookFile {
  readonly cells: readonly NotebookCell[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly nbformat: number;
  readonly nbformat_minor: number;
}

/**
 * Reads a notebook.
 *
 * @param name - The command or function, for messages.
 * @throws {DataError} If the file cannot be read, or is not a notebook of nbformat 4.
 */
export function readNotebook(name: string, path: string): NotebookFile {
  let found: unknown;
  try {
    found = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataError(`${name}: ${path} must be a readable notebook, got '${reason}'`, { cause });
  }
  if (!isNotebook(found))
    throw new DataError(`${name}: ${path} must be a notebook of nbformat 4, got something else`);
  return found;
}

function isNotebook(value: unknown): value is NotebookFile {
  const { nbformat, cells } = (value ?? {}) as Partial<Record<keyof NotebookFile, unknown>>;
  return nbformat === 4 && Array.isArray(cells);
}

/** Writes a notebook as Jupyter does; the file is whole or the one before stays. */
export function writeNotebook(path: string, notebook: NotebookFile): void {
  const draft = `${path}.part`;
  writeFileSync(draft, `${JSON.stringify(notebook, null, 1)}\n`);
  renameSync(draft, path);
}

/** Text as one string. */
export function joined(text: unknown): string {
  return Array.isArray(text) ? text.join('') : String(text ?? '');
}

/** A cell's tags. */
export function tagsOf({ metadata }: NotebookCell): readonly string[] {
  const tags = metadata['tags'];
  return Array.isArray(tags) ? tags.map(String) : [];
}

/** The first line of a cell that says something, for messages. */
export function headOf({ source }: NotebookCell): string {
  const lines = joined(source).split('\n');
  const telling = lines.find((line) => line.trim() !== '' && !/^\s*(import |\/\/)/.test(line));
  const head = (telling ?? lines[0] ?? '').trim();
  return head.length > 72 ? `${head.slice(0, 71)}…` : head;
}
