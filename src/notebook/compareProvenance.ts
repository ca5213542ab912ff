import { isDeepStrictEqual } from 'node:util';
import { compareValues, differing, type ValueDifference } from './compareValues.js';
import { comparableHtml } from './htmlTable.js';
import { joined, tagsOf, type NotebookCell, type NotebookFile } from './notebookFile.js';
import { provenanceMime, provenanceOf, shownProvenance, type NotebookProvenance } from './provenance.js';

/** What decides the numbers and is the same wherever a notebook runs. */
const sources = ['profiles', 'seeds', 'datasets'] as const;

/** Where two notebooks' numbers come from other profiles, seeds or data sets. */
export function compareProvenance(stored: NotebookFile, got: NotebookFile): ValueDifference[] {
  return differingSources(provenanceOf(stored), provenanceOf(got));
}

/**
 * Where a notebook's provenance cell does not show what it notes as JSON, or notes other sources than the metadata: one
 * that nobody changed has none. `stored` is what is shown, `got` what is noted.
 */
export async function changedProvenance(notebook: NotebookFile): Promise<ValueDifference[]> {
  const outputs = notebook.cells.filter(isProvenance).flatMap(({ outputs = [] }) => outputs);
  const found = await Promise.all(
    outputs.map(async (output) => {
      if (!('data' in output) || !(provenanceMime in output.data)) return [];
      // Nothing else writes this format.
      const noted = output.data[provenanceMime] as NotebookProvenance;
      const shown = await compareValues(formats(output.data), formats(shownProvenance(noted)), {
        tolerance: 0,
      });
      return [...differingSources(noted, provenanceOf(notebook)), ...shown];
    }),
  );
  return found.flat();
}

/** Whether a cell is there to show the provenance: it is no result. */
export function isProvenance(cell: NotebookCell): boolean {
  return tagsOf(cell).includes('provenance');
}

function differingSources(ours?: NotebookProvenance, theirs?: NotebookProvenance): ValueDifference[] {
  if (!ours || !theirs) return [];
  return sources
    .filter((name) => !isDeepStrictEqual(ours[name], theirs[name]))
    .map((name) => ({ path: name, ...differing(JSON.stringify(ours[name]), JSON.stringify(theirs[name])) }));
}

function formats(data: Readonly<Record<string, unknown>>) {
  return { table: comparableHtml(joined(data['text/html'])), text: joined(data['text/plain']) };
}
