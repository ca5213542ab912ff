import { ArgumentError } from '../errors.js';
import { verify } from '../notebook/verify.js';
import { parse } from './arguments.js';
import type { Command } from './arguments.js';
import { describeDifferences } from './differences.js';

const command: Command = {
  name: 'verify',
  usage: 'notebook.ipynb [--from-cache] [--tolerance 0.05]',
  purpose:
    'Runs an executed notebook again and compares what it shows: exit code 0 if it is the same, 1 if it differs or a\ncell fails.',
  options: {
    'from-cache': { help: 'reads results back from the store instead of computing them again' },
    tolerance: {
      value: 'T',
      help: "how far numbers may be off on another device than the notebook's; default 0.05",
    },
  },
  files: ['notebook.ipynb'],
};

/**
 * `roarbook verify notebook.ipynb [--from-cache] [--tolerance 0.05]`: reruns a notebook and compares.
 *
 * @returns 0 if the rerun shows the same, 1 if it differs or a cell fails.
 * @throws {ArgumentError} If an option is wrong.
 */
export async function verifyCommand(args: readonly string[]): Promise<number> {
  const given = parse(command, args);
  if (!given) return 0;
  const [file = ''] = given.words;
  const tolerance = Number(given.text('tolerance') ?? 0.05);
  if (!(tolerance >= 0 && tolerance < 1))
    throw new ArgumentError(`verify: --tolerance must be in [0, 1), got '${given.text('tolerance')}'`);
  const { ran, differences, remarks } = await verify(file, {
    fromCache: given.has('from-cache'),
    tolerance,
  });
  if (!ran) {
    console.log(`\n✗ ${file}: a cell failed; nothing was compared.`);
    return 1;
  }
  console.log(`\n${remarks.join('\n')}`);
  console.log(
    differences.length === 0
      ? `✓ ${file}: all numbers, tables and figures that were compared agree.`
      : `✗ ${file}: the rerun differs.\n${describeDifferences(differences, 'rerun')}`,
  );
  return differences.length === 0 ? 0 : 1;
}
