import { ArgumentError } from '../errors.js';
import { verify } from '../notebook/verify.js';
import { describeDifferences } from './differences.js';
import { parseCommand } from './options.js';

/**
 * `roarbook verify notebook.ipynb [--from-cache] [--tolerance 0.05]`: reruns a notebook and compares.
 *
 * @returns 0 if the rerun shows the same, 1 if it differs or a cell fails.
 * @throws {ArgumentError} If an option is wrong.
 */
export async function verifyCommand(args: readonly string[]): Promise<number> {
  const options = { 'from-cache': { type: 'boolean' }, tolerance: { type: 'string' } } as const;
  const { values, positionals } = parseCommand('verify', args, { files: ['notebook.ipynb'], options });
  const [file = ''] = positionals;
  const tolerance = Number(values.tolerance ?? 0.05);
  if (!(tolerance >= 0 && tolerance < 1))
    throw new ArgumentError(`verify: --tolerance must be in [0, 1), got '${values.tolerance}'`);
  const { ran, differences, remarks } = await verify(file, {
    fromCache: values['from-cache'] ?? false,
    tolerance,
  });
  if (!ran) {
    console.log(`\n✗ ${file}: a cell failed; nothing was compared.`);
    return 1;
  }
  console.log(`\n${remarks.join('\n')}`);
  console.log(
    differences.length === 0
      ? `✓ ${file}: every number, table and figure is the same.`
      : `✗ ${file}: the rerun differs.\n${describeDifferences(differences, 'rerun')}`,
  );
  return differences.length === 0 ? 0 : 1;
}
