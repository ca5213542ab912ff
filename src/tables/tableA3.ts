import type { RoarAccuracy } from './measurements.js';
import type { Provenance } from './provenance.js';
import { publishedAccuracy } from './published.js';
import { roarTable } from './roarTable.js';
import type { Table } from './table.js';

/**
 * Section A3's numbers, see `roarTable`.
 *
 * @throws {ArgumentError} If there are no rows.
 */
export function tableA3(rows: readonly RoarAccuracy[], { provenance }: { provenance: Provenance }): Table {
  return roarTable(rows, {
    name: 'tableA3',
    provenance,
    title: 'Accuracy after removing the highest-ranked pixels and retraining',
    published: publishedAccuracy,
    source: 'supplementary Fig 1',
  });
}
