import type { MimeBundle } from './host.js';

/** Under this symbol a bundle may say how its formats are shown, by MIME type: `{'image/png': {width: 400}}`. */
export const metadataSymbol: unique symbol = Symbol.for('Jupyter.metadata') as never;

type Metadata = Record<string, Record<string, unknown>>;

/**
 * The metadata of an output: what the bundle itself says, and its text as the text alternative of its pictures, which
 * nbconvert's pages carry on.
 */
export function metadataOf(bundle: MimeBundle): Metadata {
  const own = (bundle as { [metadataSymbol]?: Metadata })[metadataSymbol] ?? {};
  const said = bundle['text/plain'];
  const pictures = Object.keys(bundle).filter((mime) => /^image\/(png|jpeg|gif)$/.test(mime));
  const metadata = { ...own };
  if (typeof said === 'string') for (const mime of pictures) metadata[mime] = { alt: said, ...own[mime] };
  return metadata;
}
