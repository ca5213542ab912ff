import { parseArgs, type ParseArgsConfig } from 'node:util';
import { ArgumentError, meant } from '../errors.js';

/** An option of a command: what stands in the help. */
export interface Option {
  /** What follows it: 'DIR'; none for a switch. */
  readonly value?: string;
  readonly help: string;
  /** It may be given more than once. */
  readonly multiple?: boolean;
}

export interface Command {
  readonly name: string;
  /** What follows the name in the usage line. */
  readonly usage: string;
  readonly purpose: string;
  readonly options: Readonly<Record<string, Option>>;
  /** Whether any number of words that are no options is taken. */
  readonly words?: boolean;
  /** The files that it needs, as they stand in the usage line: ['a.ipynb', 'b.ipynb']. */
  readonly files?: readonly string[];
}

/** A command's options as they were given. */
export interface Given {
  text(option: string): string | undefined;
  all(option: string): readonly string[];
  has(option: string): boolean;
  readonly words: readonly string[];
}

/**
 * Reads a command's arguments.
 *
 * @returns Undefined if help was asked for; it was printed.
 * @throws {ArgumentError} If an option is unknown (the nearest is named) or lacks its value, or a file is missing.
 */
export function parse(command: Command, args: readonly string[]): Given | undefined {
  const { name, usage, options, words = false, files = [] } = command;
  const spec = Object.fromEntries(
    Object.entries({ ...options, help: { help: '' } as Option }).map(
      ([option, { value, multiple = false }]) => [
        option,
        { type: value === undefined ? ('boolean' as const) : ('string' as const), multiple },
      ],
    ),
  );
  checkNames(command, args);
  const allowPositionals = words || files.length > 0;
  const { values, positionals } = parsed(name, { args: [...args], options: spec, allowPositionals });
  if (values['help']) {
    console.log(help(command));
    return undefined;
  }
  if (files.length > 0 && positionals.length !== files.length)
    throw new ArgumentError(
      `${name}: files must be ${files.join(' ')}, got ${positionals.join(' ') || 'none'}; usage: roarbook ${name} ${usage}`,
    );
  const list = (option: string) => [values[option] ?? []].flat().map(String);
  return {
    text: (option) => list(option)[0],
    all: list,
    has: (option) => values[option] === true,
    words: positionals,
  };
}

function parsed(name: string, config: ParseArgsConfig): ReturnType<typeof parseArgs> {
  try {
    return parseArgs(config);
  } catch (cause) {
    throw new ArgumentError(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function checkNames({ name, options }: Command, args: readonly string[]): void {
  const known = [...Object.keys(options), 'help'].map((option) => `--${option}`);
  const end = args.indexOf('--');
  for (const argument of end < 0 ? args : args.slice(0, end)) {
    const option = argument.split('=')[0] ?? '';
    if (!option.startsWith('--') || known.includes(option)) continue;
    throw new ArgumentError(
      `${name}: there is no option ${option}${meant(option, known)}; there are ${known.join(', ')}`,
    );
  }
}

function help({ name, usage, purpose, options }: Command): string {
  const lines = Object.entries(options).map(([option, { value, help }]) => {
    const left = `  --${option}${value === undefined ? '' : ` ${value}`}`;
    return left.length > 30 ? `${left}\n${' '.repeat(32)}${help}` : left.padEnd(32) + help;
  });
  return [
    `roarbook ${name} ${usage}`.trimEnd(),
    '',
    purpose,
    ...(lines.length > 0 ? ['', ...lines] : []),
  ].join('\n');
}

/** @throws {ArgumentError} If a value is none of those allowed; the nearest is named. */
export function oneOf<T extends string>(
  name: string,
  option: string,
  value: string,
  allowed: readonly T[],
): T {
  const found = allowed.find((known) => known === value);
  if (found !== undefined) return found;
  throw new ArgumentError(
    `${name}: --${option} must be one of ${allowed.join(', ')}, got '${value}'${meant(value, allowed)}`,
  );
}
