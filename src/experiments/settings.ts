import { Table, tableOf } from '../tables/table.js';
import type { Provenance } from '../tables/provenance.js';
import type { Profile } from './profile.js';

/**
 * What a profile asks for, as a table of options: every section begins with it.
 *
 * @param own - The section's own options, by what they are called.
 */
export function settingsTable(
  { name, shrunk, network, training, precision }: Profile,
  { dataset, seeds, device }: Provenance,
  own: Readonly<Record<string, string>>,
): Table {
  const rows = {
    profile: `${name} (shrunk against the paper: ${shrunk})`,
    data: dataset,
    network: describe(network),
    training: `${describe(training)}, ${precision}`,
    ...own,
    seeds: seeds.join(', '),
    device,
  };
  return new Table(tableOf(Object.entries(rows).map(([option, value]) => ({ option, value }))), {
    title: 'What is run',
    columns: [
      { name: 'option', title: 'Option' },
      { name: 'value', title: 'Value' },
    ],
  });
}

/** Options as a reader would write them: 'epochs 10, batchSize 100'. */
export function describe(options: object): string {
  return Object.entries(options)
    .map(([name, value]) =>
      name === 'kind' ? String(value) : `${name} ${Array.isArray(value) ? value.join('-') : value}`,
    )
    .join(', ');
}
