import type { Random } from '../random.js';
import type { Provenance } from './provenance.js';
import { publishedAccuracy } from './published.js';
import { roarTable } from './roarTable.js';
import type { RoarTableRow } from './roarTable.js';
import type { Table } from './table.js';

/**
 * Section A3's numbers, see `roarTable`; `random` draws the comparison with the first method.
 *
 * @throws {ArgumentError} If there are no rows.
 */
export function tableA3(
  rows: readonly RoarTableRow[],
  options: { provenance: Provenance; random?: Random },
): Table {
  return roarTable(rows, {
    ...options,
    name: 'tableA3',
    title: 'Accuracy after removing the highest-ranked pixels and retraining',
    published: publishedAccuracy,
    source: 'supplementary Fig 1',
  });
}
