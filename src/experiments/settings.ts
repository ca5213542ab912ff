import { Table, tableOf } from '../tables/table.js';
import type { Provenance } from '../tables/provenance.js';
import type { Profile } from './profile.js';
import { profiles } from './profileList.js';

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

/** Where numbers come from, with what is shrunk of the explainer, which the main paper's section alone has. */
export function shrunkExplainer(provenance: Provenance, { explainer }: Profile): Provenance {
  const { lambda, filters } = explainer;
  const published = profiles.paper.explainer;
  const shrunk = provenance.shrunk === 'nothing' ? [] : [provenance.shrunk ?? []].flat();
  if (lambda !== published.lambda) shrunk.push(`explainer λ = ${lambda}`);
  if (String(filters) !== String(published.filters)) shrunk.push(`explainer of ${filters.join('-')} filters`);
  return shrunk.length > 0 ? { ...provenance, shrunk: shrunk.join(', ') } : provenance;
}

/** Options as a reader would write them: 'epochs 10, batchSize 100'. */
export function describe(options: object): string {
  return Object.entries(options)
    .map(([name, value]) =>
      name === 'kind' ? String(value) : `${name} ${Array.isArray(value) ? value.join('-') : value}`,
    )
    .join(', ');
}
