/** Every error that Roarbook raises on purpose; `code` names its kind for programs. */
export class RoarbookError extends Error {
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
