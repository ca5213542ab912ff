import { alignItems } from './alignItems.js';
import { compareProgress } from './compareProgress.js';
import { changedProvenance, compareProvenance, isProvenance } from './compareProvenance.js';
import { compareValues, differing, type Closeness, type ValueDifference } from './compareValues.js';
import { headOf, joined, tagsOf, type NotebookCell, type NotebookFile } from './notebookFile.js';
import { provenanceOf } from './provenance.js';
import { shownBy, type ShownPart } from './shown.js';

/** A place where two executed notebooks differ. */
export interface NotebookDifference extends ValueDifference {
  /** Which code cell, from 1, as in `[3]:`; of the stored notebook, unless only the other has it. */
  readonly cell: number;
  /** The cell's first telling line. */
  readonly head: string;
  /** 'figure', 'table', 'printed text', 'code', … */
  readonly kind: string;
}

/** How two executed notebooks compare. */
export interface NotebookComparison {
  readonly differences: readonly NotebookDifference[];
  /** Last lines of progress displays that only the stored notebook has; see `compareProgress`. */
  readonly uncompared: number;
}

/**
 * Where two executed notebooks differ in what their cells show, in their text, and in what they note of seeds, profiles
 * and data sets.
 *
 * Cells with the same code belong together, wherever cells were added or removed. The name of the device may differ. A cell tagged `timing` must show the same kinds of output, with numbers where the
 * stored one has them; which numbers is left open.
 */
export async function compareNotebooks(
  stored: NotebookFile,
  got: NotebookFile,
  closeness: Closeness,
): Promise<NotebookComparison> {
  const [ours, theirs] = [codeCells(stored), codeCells(got)];
  const anonymous = [stored, got].map((notebook) => provenanceOf(notebook)?.device ?? '');
  const differences: NotebookDifference[] = [
    ...(await compareOrigins(stored, got)),
    ...compareTexts(stored, got),
  ];
  let uncompared = 0;
  for (const pair of alignItems(ours, theirs, ({ source }) => joined(source))) {
    if (pair.stored === undefined || pair.got === undefined) {
      differences.push(pair.stored ? alone(ours, pair.stored) : alone(theirs, pair.got, { isAdded: true }));
      continue;
    }
    const { stored: cell, got: other } = pair;
    const place = placeOf(ours, cell);
    const found = await compareCells(cell, other, { closeness, anonymous });
    differences.push(...found.map((difference) => ({ ...place, ...difference })));
    if (isTiming(cell)) continue;
    const progress = await compareProgress(cell, other, closeness);
    differences.push(...progress.differences.map((found) => ({ ...place, ...found, kind: 'progress' })));
    uncompared += progress.alone;
  }
  return { differences, uncompared };
}

function placeOf(cells: readonly NotebookCell[], cell: NotebookCell) {
  return { cell: cells.indexOf(cell) + 1, head: headOf(cell) };
}

/** A cell that only one notebook has: the stored one, unless it was added. */
function alone(
  cells: readonly NotebookCell[],
  cell: NotebookCell,
  { isAdded = false } = {},
): NotebookDifference {
  const states = ['there', 'missing'] as const;
  const [stored, got] = isAdded ? [states[1], states[0]] : states;
  return { ...placeOf(cells, cell), kind: 'cell', path: '', stored, got };
}

/** Where the numbers come from, and whether each notebook's provenance cell is as the run left it. */
async function compareOrigins(stored: NotebookFile, got: NotebookFile): Promise<NotebookDifference[]> {
  const place = { cell: 0, head: 'where the numbers come from', kind: 'provenance' };
  const changed = await Promise.all([stored, got].map(changedProvenance));
  const swapped = changed[1]?.map(({ stored: shown, got: noted, ...rest }) => ({
    ...{ ...rest, stored: noted, got: shown },
  }));
  const inCell = (notebook: NotebookFile) => {
    const cells = notebook.cells.filter((cell) => cell.cell_type === 'code');
    return { ...place, cell: cells.findIndex(isProvenance) + 1 };
  };
  return [
    ...compareProvenance(stored, got).map((found) => ({ ...place, ...found })),
    ...(changed[0] ?? []).map((found) => ({ ...inCell(stored), ...found })),
    ...(swapped ?? []).map((found) => ({ ...inCell(got), ...found })),
  ];
}

/** Markdown, by its place before a code cell. */
function compareTexts(stored: NotebookFile, got: NotebookFile): NotebookDifference[] {
  const [ours, theirs] = [textsOf(stored), textsOf(got)];
  return alignItems(ours, theirs, ({ text }) => text)
    .filter(({ stored, got }) => stored?.text !== got?.text)
    .map(({ stored, got }) => ({
      ...{ cell: (stored ?? got)?.cell ?? 0, head: 'the text before it', kind: 'text', path: '' },
      ...(stored && got
        ? differing(stored.text, got.text)
        : { stored: stored ? 'there' : 'missing', got: got ? 'there' : 'missing' }),
    }));
}

function textsOf({ cells }: NotebookFile): { cell: number; text: string }[] {
  let code = 1;
  return cells.flatMap((cell) => {
    if (cell.cell_type !== 'code') return [{ cell: code, text: joined(cell.source) }];
    code += isProvenance(cell) ? 0 : 1;
    return [];
  });
}

function isTiming(cell: NotebookCell): boolean {
  return tagsOf(cell).includes('timing');
}

function codeCells({ cells }: NotebookFile): NotebookCell[] {
  return cells.filter((cell) => cell.cell_type === 'code' && !isProvenance(cell));
}

type Found = ValueDifference & { readonly kind: string };

async function compareCells(
  stored: NotebookCell,
  got: NotebookCell,
  { closeness, anonymous }: { closeness: Closeness; anonymous: readonly string[] },
): Promise<Found[]> {
  if (joined(stored.source) !== joined(got.source))
    return [{ kind: 'code', path: '', stored: headOf(stored), got: headOf(got) }];
  const [ours, theirs] = [shownBy(stored), shownBy(got)];
  const [kinds, otherKinds] = [ours, theirs].map((parts) => parts.map(({ kind }) => kind).join(', '));
  if (kinds !== otherKinds)
    return [{ kind: 'output', path: '', stored: kinds || 'nothing', got: otherKinds || 'nothing' }];
  const found: Found[] = [];
  const told = new Set<number>();
  for (const [i, { kind, value, output }] of ours.entries()) {
    // The other formats of the same output would say the same again.
    if (told.has(output)) continue;
    const other = theirs[i]?.value;
    const differences = isTiming(stored)
      ? comparePresence(value, other)
      : await compareValues(without(value, anonymous[0]), without(other, anonymous[1]), closeness);
    if (differences.length > 0) told.add(output);
    found.push(...differences.map((difference) => ({ ...difference, kind })));
  }
  return found;
}

/** A time measured now is another one: only that there are numbers is compared. */
function comparePresence(stored: ShownPart['value'], got: ShownPart['value']): ValueDifference[] {
  const hasNumbers = (value: unknown) => /\d/.test(JSON.stringify(value) ?? '');
  if (hasNumbers(stored) === hasNumbers(got)) return [];
  return [{ path: '', stored: 'with numbers', got: 'without numbers' }];
}

/** A value with the device's name blotted out of its text. */
function without(value: unknown, device = ''): unknown {
  if (device === '' || value === undefined) return value;
  return JSON.parse(
    JSON.stringify(value).replaceAll(JSON.stringify(device).slice(1, -1), '⟨device⟩'),
  ) as unknown;
}
