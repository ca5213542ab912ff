import { parseArgs, type ParseArgsConfig } from 'node:util';
import { ArgumentError } from '../errors.js';

/** What `parseCommand` returns. */
type Parsed<Options extends NonNullable<ParseArgsConfig['options']>> = ReturnType<
  typeof parseArgs<{ args: string[]; options: Options; allowPositionals: true }>
>;

/**
 * A command's options and file names.
 *
 * @param files - What the file names stand for: ['notebook.ipynb'].
 * @throws {ArgumentError} If an option is unknown, or the number of files is another one.
 */
export function parseCommand<Options extends NonNullable<ParseArgsConfig['options']>>(
  name: string,
  args: readonly string[],
  { files, options }: { files: readonly string[]; options: Options },
): Parsed<Options> {
  const switches = Object.keys(options).map((option) => `[--${option}]`);
  const usage = [`usage: roarbook ${name}`, ...files, ...switches].join(' ');
  let parsed: Parsed<Options>;
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ArgumentError(`${name}: ${reason}; ${usage}`, { cause });
  }
  const given = parsed.positionals.length;
  if (given !== files.length)
    throw new ArgumentError(`${name}: needs ${files.length} file(s), got ${given}; ${usage}`);
  return parsed;
}
