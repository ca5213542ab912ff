import { randomUUID } from 'node:crypto';
import { displaySymbol, encodeBundle, format } from './format.js';
import { host, type MimeBundle } from './host.js';
import { withoutTags } from './html.js';
import { metadataOf } from './metadata.js';

/** An output's name, and what viewers are told of it. */
export interface DisplayOptions {
  /** Names the output, so that a later `display` with the same id changes it in place; default a new name. */
  id?: string;
  /** What viewers are told of the output; default what the value itself says. */
  metadata?: Record<string, unknown>;
}

/** An output that can be changed. */
export interface DisplayHandle {
  /** The output's name: `display` with it as `id` changes the output too. */
  readonly id: string;
  /** Shows this value in place of the last one. */
  update(value: unknown): void;
}

const known = new Set<string>();

/**
 * Shows a value below the cell, in the formats that `format` finds; in a terminal its text is printed.
 *
 * @returns A handle to change the output in place.
 */
export function display(value: unknown, { id, metadata }: DisplayOptions = {}): DisplayHandle {
  const name = id ?? randomUUID();
  // Only an id that the caller gave can have been shown before.
  const update = id !== undefined && known.has(id);
  known.add(name);
  show(format(value), { id: name, update, metadata });
  return handle(name, (next) => show(format(next), { id: name, update: true, metadata }));
}

/** As the last expression of a cell a handle shows nothing: what it stands for is shown already. */
function handle(id: string, update: (value: unknown) => void): DisplayHandle {
  return Object.defineProperty({ id, update }, displaySymbol, { value: () => ({}) });
}

interface Shown {
  id: string;
  update: boolean;
  metadata: Record<string, unknown> | undefined;
}

function show(bundle: MimeBundle | Promise<MimeBundle>, { id, update, metadata }: Shown): void {
  if (bundle instanceof Promise) {
    bundle.then(
      (settled) => show(settled, { id, update, metadata }),
      (error: unknown) =>
        show({ 'text/plain': `display failed: ${String(error)}` }, { id, update, metadata }),
    );
    return;
  }
  const kernel = host();
  if (kernel)
    kernel.display(encodeBundle(bundle), { id, update, metadata: { ...metadataOf(bundle), ...metadata } });
  else process.stdout.write(`${terminalText(bundle)}\n`);
}

function terminalText(bundle: MimeBundle): string {
  const text = bundle['text/plain'] ?? bundle['text/markdown'] ?? bundle['text/latex'];
  return typeof text === 'string' ? text : `(${Object.keys(bundle).join(', ')})`;
}

function as(mime: string, plain?: (data: unknown) => string) {
  return (data: unknown, options: DisplayOptions = {}): DisplayHandle => {
    const bundle = (value: unknown): MimeBundle => ({
      [mime]: value,
      ...(plain && { 'text/plain': plain(value) }),
    });
    const shown = display(shownAs(bundle(data)), options);
    return handle(shown.id, (next) => shown.update(shownAs(bundle(next))));
  };
}

function shownAs(bundle: MimeBundle) {
  return { [displaySymbol]: () => bundle };
}

/** Shows a string as HTML. */
display.html = as('text/html', (data) => withoutTags(String(data))) as (
  html: string,
  options?: DisplayOptions,
) => DisplayHandle;
/** Shows a string as Markdown. */
display.markdown = as('text/markdown', String) as (
  markdown: string,
  options?: DisplayOptions,
) => DisplayHandle;
/** Shows a drawing. */
display.svg = as('image/svg+xml', () => 'SVG image') as (
  svg: string,
  options?: DisplayOptions,
) => DisplayHandle;
/** Shows a PNG image, given as bytes or as base64. */
display.png = as('image/png', () => 'PNG image') as (
  png: Uint8Array | string,
  options?: DisplayOptions,
) => DisplayHandle;
/** Shows a value as a tree that can be unfolded. */
display.json = as('application/json', (data) => JSON.stringify(data)) as (
  value: unknown,
  options?: DisplayOptions,
) => DisplayHandle;
/** Shows a formula; it brings its own $ or \\[ … \\]. */
display.latex = as('text/latex', String) as (latex: string, options?: DisplayOptions) => DisplayHandle;
/** Shows a MIME bundle as it is. */
display.bundle = (bundle: MimeBundle, options: DisplayOptions = {}): DisplayHandle =>
  display(shownAs(bundle), options);
/** Removes what the cell has shown so far; with `wait` only when something new comes, without flicker. */
display.clear = ({ wait = false }: { wait?: boolean } = {}): void => host()?.clear(wait);
