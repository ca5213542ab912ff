import { inspect } from 'node:util';
import type { MimeBundle } from './host.js';
import { isArqueroTable, shownArquero } from './table/arqueroTable.js';
import { tableBundle } from './table/tableBundle.js';
import { isTensor, tensorText } from './tensor.js';

/** The method by which a value says how a notebook shows it: returns a MIME bundle, or a promise of one. */
export const displaySymbol: unique symbol = Symbol.for('Jupyter.display') as never;

/**
 * The formats in which a notebook shows a value: what its `Symbol.for('Jupyter.display')` method says, else a Vega or
 * Vega-Lite specification (by `$schema`), a tensor's summary, an image's bytes, `toHTML()`, and in the end
 * `util.inspect`.
 */
export function format(value: unknown): MimeBundle | Promise<MimeBundle> {
  if (isObject(value)) {
    const method = value[displaySymbol];
    if (typeof method === 'function') {
      const bundle: unknown = method.call(value);
      if (bundle instanceof Promise) return bundle.then((settled) => asBundle(settled, value));
      return asBundle(bundle, value);
    }
    const found = specification(value) ?? image(value) ?? tensor(value) ?? html(value);
    if (found) return found;
  }
  return { 'text/plain': plain(value) };
}

function isObject(value: unknown): value is Record<PropertyKey, unknown> {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function asBundle(bundle: unknown, value: unknown): MimeBundle {
  return isObject(bundle) ? bundle : { 'text/plain': plain(value) };
}

function plain(value: unknown): string {
  if (value instanceof Error) return value.stack ?? String(value);
  return inspect(value, { depth: 4, maxArrayLength: 100, maxStringLength: 10_000, breakLength: 100 });
}

/** JupyterLab 4 renders version 5 of both; older versions of Vega-Lite read the same. */
function specification(value: Record<PropertyKey, unknown>): MimeBundle | undefined {
  const schema = value['$schema'];
  const match = typeof schema === 'string' ? /\/schema\/(vega|vega-lite)\/v\d/.exec(schema) : null;
  if (!match) return undefined;
  const [name, mime] =
    match[1] === 'vega'
      ? ['Vega', 'application/vnd.vega.v5+json']
      : ['Vega-Lite', 'application/vnd.vegalite.v5+json'];
  return { [mime]: value, 'text/plain': `${name} chart${titleOf(value)}` };
}

function titleOf(spec: Record<PropertyKey, unknown>): string {
  const title = isObject(spec['title']) ? spec['title']['text'] : spec['title'];
  if (typeof title === 'string') return `: ${title}`;
  return typeof spec['description'] === 'string' ? `: ${spec['description']}` : '';
}

const signatures: readonly (readonly [string, readonly number[]])[] = [
  ['image/png', [0x89, 0x50, 0x4e, 0x47]],
  ['image/jpeg', [0xff, 0xd8, 0xff]],
  ['image/gif', [0x47, 0x49, 0x46, 0x38]],
];

function image(value: object): MimeBundle | undefined {
  if (!(value instanceof Uint8Array)) return undefined;
  const found = signatures.find(([, magic]) => magic.every((byte, i) => value[i] === byte));
  return found && { [found[0]]: value, 'text/plain': `${found[0]}, ${value.length} bytes` };
}

function tensor(value: object): MimeBundle | undefined {
  return isTensor(value) ? { 'text/plain': tensorText(value) } : undefined;
}

/** Tables and whatever else can write itself as HTML. */
function html(value: Record<PropertyKey, unknown>): MimeBundle | undefined {
  if (isArqueroTable(value)) return tableBundle(shownArquero(value));
  if (typeof value['toHTML'] !== 'function') return undefined;
  const text: unknown = value['toHTML']({ limit: 50 });
  if (typeof text !== 'string') return undefined;
  const markdown: unknown =
    typeof value['toMarkdown'] === 'function' ? value['toMarkdown']({ limit: 20 }) : undefined;
  return { 'text/html': text, 'text/plain': typeof markdown === 'string' ? markdown : plain(value) };
}

/** A bundle as a notebook stores it: bytes as base64, and nothing that JSON cannot hold. */
export function encodeBundle(bundle: MimeBundle): MimeBundle {
  return Object.fromEntries(
    Object.entries(bundle)
      .filter(([, data]) => data !== undefined)
      .map(([mime, data]) => [
        mime,
        data instanceof Uint8Array ? Buffer.from(data).toString('base64') : data,
      ]),
  );
}
