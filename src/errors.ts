/** Every error that Roarbook raises on purpose; `code` names its kind for programs. */
export class RoarbookError extends Error {
  /** 'ARGUMENT', 'DATA', 'NATIVE', 'DIVERGENCE' or 'INTERRUPTED', one for each class. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
  }
}

/** An argument breaks the function's contract. The message reads `function: what must hold, got what`. */
export class ArgumentError extends RoarbookError {
  constructor(message: string, options?: ErrorOptions) {
    super('ARGUMENT', message, options);
  }
}

/** A file or a download of a data set, a checkpoint or a stored result is missing or damaged. */
export class DataError extends RoarbookError {
  constructor(message: string, options?: ErrorOptions) {
    super('DATA', message, options);
  }
}

/** TensorFlow's library cannot be loaded, or the device it was asked to use does not work. */
export class NativeError extends RoarbookError {
  constructor(message: string, options?: ErrorOptions) {
    super('NATIVE', message, options);
  }
}

/** A training left the range of numbers: the loss is NaN or infinite. */
export class DivergenceError extends RoarbookError {
  constructor(message: string, options?: ErrorOptions) {
    super('DIVERGENCE', message, options);
  }
}

/** The user stopped the work (Stop in a notebook, Ctrl-C in a terminal); the message says how to continue. */
export class InterruptedError extends RoarbookError {
  constructor(message: string, options?: ErrorOptions) {
    super('INTERRUPTED', message, options);
  }
}

/**
 * Scripts without types forget options.
 *
 * @param name - The public function, for the message.
 * @throws {ArgumentError} Unless options are an object.
 */
export function checkOptions(name: string, options: unknown): void {
  if (typeof options !== 'object' || options === null)
    throw new ArgumentError(`${name}: options must be an object, got ${String(options)}`);
}

/** A value of any origin in a few words, for messages: a file may nest it deeper than JSON.stringify can follow. */
export function shown(value: unknown): string {
  if (typeof value === 'string' && value.length > 80) return JSON.stringify(`${value.slice(0, 80)}…`);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'none';
  if (!Array.isArray(value) || value.some((item) => typeof item === 'object' && item !== null))
    return Array.isArray(value) ? 'a list of lists' : 'an object';
  const text = JSON.stringify(value.slice(0, 20));
  return value.length > 20 ? `${text.slice(0, -1)},… ${value.length} in all]` : text;
}

/** The name that a misspelt one probably means, as the end of a message: ` (did you mean 'epochs'?)`, or nothing. */
export function meant(name: string, names: readonly string[]): string {
  // Half the letters may be wrong, no more: a wild guess is no help.
  const found = nearest(name, names, 0.5);
  return found === undefined ? '' : ` (did you mean '${found}'?)`;
}

/**
 * The name that differs from a misspelt one in the fewest letters.
 *
 * @param share - This share of its letters may be wrong, and one in any case.
 */
export function nearest(name: string, names: readonly string[], share: number): string | undefined {
  const distances = names.map((known) => ({
    known,
    distance: edits(name.toLowerCase(), known.toLowerCase()),
  }));
  const [best] = distances.sort((a, b) => a.distance - b.distance);
  return best && best.distance <= Math.max(1, name.length * share) ? best.known : undefined;
}

/** Letters to insert, delete or replace, at least, to turn one word into the other. */
function edits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...to].entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
