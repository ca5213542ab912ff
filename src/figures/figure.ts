import { writeFile } from 'node:fs/promises';
import { displaySymbol } from '../display/format.js';
import { host, type MimeBundle } from '../display/host.js';
import { escaped } from '../display/html.js';
import { metadataSymbol } from '../display/metadata.js';
import { ArgumentError } from '../errors.js';
import { wrapText } from './fonts.js';
import { responsive } from './responsive.js';
import { followsRoom } from './room.js';
import type { Heading } from './room.js';
import type { Spec } from './spec.js';
import { textSizes, theme } from './theme.js';
import { warmUp } from './warmUp.js';

export type { Spec };

export interface FigureOptions {
  /** Said in bold above the figure; default nothing. */
  title?: string;
  /** Said below the title, one paragraph each: what is seen, profile, data, seeds, device; default nothing. */
  caption?: string | readonly string[];
  /** What the figure shows, for those who cannot see it. Default: title and caption. */
  altText?: string;
  /** Pixels that title and caption may take before they wrap; default the specification's width, at least 360. */
  width?: number;
}

export interface SvgOptions {
  /** Size of the picture, 0.1…10 times that of the figure; default 1. */
  scale?: number;
}

export interface PngOptions {
  /** Pixels of the image per pixel of the figure, 0.1…10; default 2. */
  scale?: number;
}

/**
 * A figure: a Vega-Lite specification in the house theme, which shows itself in a notebook.
 *
 * `figure.spec` is plain Vega-Lite; `new Figure({...figure.spec, width: 300})` is an edited copy. `figure.save` writes PNG
 * and SVG in any size; JupyterLab's menu beside the figure saves both as they are shown.
 */
export class Figure {
  /** Complete Vega-Lite 5: data, theme, title and caption included. */
  readonly spec: Spec;
  /** The paragraphs below the title as one text; empty where there are none. */
  readonly caption: string;
  /** What the figure shows, for those who cannot see it. */
  readonly altText: string;
  #svg: Promise<string> | undefined;
  /** The specification for a viewer in which it is so wide. */
  readonly #shownIn: (full: number) => Spec;

  /** @param spec - What it sets itself (title, description, config) is kept. */
  constructor(spec: Spec, { title, caption = [], altText, width = widthOf(spec) }: FigureOptions = {}) {
    const paragraphs = typeof caption === 'string' ? [caption] : caption;
    const said = [title, ...paragraphs].filter(Boolean).join(' ');
    const heading = (width: number) => headingIn(width, { title, paragraphs });
    this.altText = altText ?? (typeof spec['description'] === 'string' ? spec['description'] : said);
    this.caption = paragraphs.join(' ');
    this.spec = {
      $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
      ...(this.altText && { description: this.altText }),
      ...(said && { title: heading(width) }),
      config: theme,
      ...spec,
    };
    // An edited specification, which has its title, is shown as it is.
    this.#shownIn = (full) =>
      spec['title']
        ? this.spec
        : { ...responsive(this.spec, full), ...followsRoom(said ? heading : () => undefined, width) };
  }

  /**
   * The figure as SVG; text stays text, in the packaged font or one like it. Title and alternative text are in it.
   *
   * @throws {ArgumentError} If the scale is out of range.
   */
  async svg({ scale = 1 }: SvgOptions = {}): Promise<string> {
    checkScale('Figure.svg', scale);
    this.#svg ??= drawing().then(({ renderSvg }) => renderSvg(this.spec));
    const { title } = this.spec as { title?: { text?: unknown } };
    return labelled(resized(await this.#svg, scale), {
      title: [title?.text ?? []].flat().join(' '),
      description: this.altText,
    });
  }

  /**
   * The figure as PNG on white, the same bytes on every machine.
   *
   * @throws {ArgumentError} If the scale is out of range.
   */
  async png({ scale = 2 }: PngOptions = {}): Promise<Buffer> {
    checkScale('Figure.png', scale);
    const { renderPng } = await drawing();
    return renderPng(await this.svg(), scale);
  }

  /**
   * Writes the figure into a file: `await figure.save('figure4.svg')`. The name's ending says how: .png, .svg, or .json
   * for its Vega-Lite.
   *
   * @param options - `scale` as in `png` (default 2) and `svg` (default 1): 4 and 2 make them twice as large.
   * @throws {ArgumentError} If the ending is another one, or the scale is out of range.
   */
  async save(file: string, options: PngOptions & SvgOptions = {}): Promise<void> {
    await writeFile(file, await this.#as(/\.(\w+)$/.exec(file)?.[1]?.toLowerCase(), { file, options }));
  }

  #as(ending: string | undefined, { file, options }: { file: string; options: PngOptions & SvgOptions }) {
    if (ending === 'png') return this.png(options);
    if (ending === 'svg') return this.svg(options);
    if (ending === 'json') return `${JSON.stringify(this.spec)}\n`;
    throw new ArgumentError(`Figure.save: the file's name must end in .png, .svg or .json, got '${file}'`);
  }

  /**
   * What a notebook shows: a plain MIME bundle with the interactive figure, a PNG for viewers without Vega-Lite, and
   * the alternative text. The PNG is finer than it is shown; the interactive figure fits the room that it has there.
   */
  async [displaySymbol](): Promise<MimeBundle> {
    const png = await this.png({ scale: notebookScale });
    const size = { width: shownPixels(png, 16), height: shownPixels(png, 20) };
    return {
      'application/vnd.vegalite.v5+json': this.#shownIn(size.width),
      'image/png': png.toString('base64'),
      'text/plain': this.altText,
      [metadataSymbol]: { 'image/png': size },
    };
  }
}

function headingIn(
  width: number,
  { title = '', paragraphs }: { title: string | undefined; paragraphs: readonly string[] },
): Heading {
  const wrap = (text: string, size: number, bold = false) => wrapText(text, { width, size, bold });
  return {
    text: wrap(title, textSizes.title, true),
    subtitle: paragraphs.flatMap((paragraph) => wrap(paragraph, textSizes.subtitle)),
  };
}

const notebookScale = 1.5;

/** Width or height, which stand at these bytes of a PNG, in pixels of the page. */
function shownPixels(png: Buffer, at: number): number {
  return Math.round(png.readUInt32BE(at) / notebookScale);
}

function checkScale(name: string, scale: number): void {
  if (!(scale >= 0.1 && scale <= 10))
    throw new ArgumentError(`${name}: scale must be in 0.1…10, got ${scale}`);
}

/** Its viewBox keeps what is drawn. */
function resized(svg: string, scale: number): string {
  if (scale === 1) return svg;
  return svg.replace(/^<svg[^>]*/, (tag) =>
    tag.replace(
      / (width|height)="([\d.]+)"/g,
      (_, side, size) => ` ${side}="${Number((Number(size) * scale).toFixed(2))}"`,
    ),
  );
}

/** A drawing for those who cannot see it: one picture with a name and a description. */
function labelled(svg: string, { title, description }: { title: string; description: string }): string {
  const name = title === '' ? '' : `<title>${escaped(title)}</title>`;
  const label = escaped(description);
  return svg.replace(/^<svg([^>]*)>/, `<svg role="img" aria-label="${label}"$1>${name}<desc>${label}</desc>`);
}

function widthOf({ width }: Spec): number {
  return Math.max(360, typeof width === 'number' ? width : 0);
}

/**
 * Moves label positions apart, as little as it takes in their order.
 *
 * @param wanted - Positions along one axis, in pixels.
 * @param gap - Least distance between neighbours.
 */
export function spreadLabels(wanted: readonly number[], gap: number): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0));
  // Clusters of touching labels, each centred on the mean of what its members want.
  const clusters: { members: number[]; centre: number }[] = [];
  for (const i of order) {
    let last = { members: [i], centre: wanted[i] ?? 0 };
    for (;;) {
      const before = clusters.at(-1);
      const reach = ((last.members.length + (before?.members.length ?? 0)) * gap) / 2;
      if (!before || last.centre - before.centre >= reach) break;
      clusters.pop();
      const members = [...before.members, ...last.members];
      last = { members, centre: members.reduce((sum, k) => sum + (wanted[k] ?? 0), 0) / members.length };
    }
    clusters.push(last);
  }
  const spread = [...wanted];
  for (const { members, centre } of clusters)
    members.forEach((i, k) => (spread[i] = centre + (k - (members.length - 1) / 2) * gap));
  return spread;
}

/** Vega and Vega-Lite take 0.3 s to load: only what draws a figure waits for them. */
function drawing() {
  return import('./render.js');
}

/** Milliseconds after its import in which a cell begins what it is about. */
const firstPause = 300;

// In a notebook a figure will come: what draws it loads in the first pause, so that even the first one shows at once.
if (host()) setTimeout(() => void warmUp(), firstPause).unref();
