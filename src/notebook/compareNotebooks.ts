import { compareValues, type Closeness, type ValueDifference } from './compareValues.js';
import { headOf, joined, tagsOf, type NotebookCell, type NotebookFile } from './notebookFile.js';
import { provenanceOf } from './provenance.js';
import { shownBy, type ShownPart } from './shown.js';

/** A place where two executed notebooks differ. */
export interface NotebookDifference extends ValueDifference {
  /** Which code cell, from 1, as in `[3]:`. */
  readonly cell: number;
  /** The cell's first telling line. */
  readonly head: string;
  /** 'figure', 'table', 'printed text', 'code', … */
  readonly kind: string;
}

/**
 * Where two executed notebooks differ in what their cells show.
 *
 * The name of the device may differ. A cell tagged `timing` must show the same kinds of output, with numbers where the
 * stored one has them; which numbers is left open.
 */
export async function compareNotebooks(
  stored: NotebookFile,
  got: NotebookFile,
  closeness: Closeness,
): Promise<NotebookDifference[]> {
  const [ours, theirs] = [codeCells(stored), codeCells(got)];
  const anonymous = [stored, got].map((notebook) => provenanceOf(notebook)?.device ?? '');
  const differences: NotebookDifference[] = [];
  for (const [i, cell] of ours.entries()) {
    const other = theirs[i];
    const found = other ? await compareCells(cell, other, { closeness, anonymous }) : [missing];
    const place = { cell: i + 1, head: headOf(cell) };
    differences.push(...found.map((difference) => ({ ...place, ...difference })));
  }
  const more = theirs.slice(ours.length).map((cell, i) => {
    const place = { cell: ours.length + i + 1, head: headOf(cell) };
    return { ...place, kind: 'cell', path: '', stored: 'missing', got: 'there' };
  });
  return [...differences, ...more];
}

function codeCells({ cells }: NotebookFile): NotebookCell[] {
  return cells.filter((cell) => cell.cell_type === 'code' && !tagsOf(cell).includes('provenance'));
}

type Found = ValueDifference & { readonly kind: string };

const missing: Found = { kind: 'cell', path: '', stored: 'there', got: 'missing' };

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
    const differences = tagsOf(stored).includes('timing')
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
