import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const folder = join(dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json')), 'ttf');

/** The packaged font's family; browsers without it fall back to Verdana, whose letters are as wide. */
export const fontFamily = 'DejaVu Sans';
export const fontStack = `${fontFamily}, Verdana, sans-serif`;

/** Regular and bold. */
export const fontFiles: readonly string[] = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((name) =>
  join(folder, name),
);

export interface TextStyle {
  /** In pixels. */
  size: number;
  bold?: boolean;
}

/** The width of one line of text in the packaged font, in pixels, without kerning. */
export function textWidth(text: string, { size, bold = false }: TextStyle): number {
  const advance = metrics(bold ? 1 : 0);
  let width = 0;
  for (const character of text) width += advance(character.codePointAt(0) ?? 0);
  return width * size;
}

/** Breaks a text between words into lines of at most `width` pixels; a per cent sign stays with its number. */
export function wrapText(text: string, { width, ...style }: TextStyle & { width: number }): string[] {
  const lines: string[] = [];
  for (const word of text.split(/ (?!%)/)) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && textWidth(longer, style) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

type Advance = (codePoint: number) => number;

const loaded: (Advance | undefined)[] = [];

function metrics(index: 0 | 1): Advance {
  return (loaded[index] ??= parse(readFileSync(fontFiles[index] ?? '')));
}

/** Reads advance widths, in units of the font's size, by code point. @see OpenType: head, hhea, hmtx, cmap format 12. */
function parse(font: Buffer): Advance {
  const table = (tag: string): number => {
    for (let at = 12; at < 12 + 16 * font.readUInt16BE(4); at += 16)
      if (font.toString('latin1', at, at + 4) === tag) return font.readUInt32BE(at + 8);
    throw new Error(`no table ${tag}`);
  };
  const unitsPerEm = font.readUInt16BE(table('head') + 18);
  const longMetrics = font.readUInt16BE(table('hhea') + 34);
  const hmtx = table('hmtx');
  const glyphs = glyphIndex(font, table('cmap'));
  return (codePoint) => {
    const glyph = Math.min(glyphs(codePoint), longMetrics - 1);
    return font.readUInt16BE(hmtx + 4 * glyph) / unitsPerEm;
  };
}

function glyphIndex(font: Buffer, cmap: number): (codePoint: number) => number {
  let groups = -1;
  for (let at = cmap + 4; at < cmap + 4 + 8 * font.readUInt16BE(cmap + 2); at += 8) {
    const start = cmap + font.readUInt32BE(at + 4);
    if (font.readUInt16BE(start) === 12) groups = start;
  }
  const count = groups < 0 ? 0 : font.readUInt32BE(groups + 12);
  return (codePoint) => {
    for (let i = 0, at = groups + 16; i < count; i++, at += 12) {
      const first = font.readUInt32BE(at);
      if (codePoint >= first && codePoint <= font.readUInt32BE(at + 4))
        return font.readUInt32BE(at + 8) + codePoint - first;
    }
    return 0;
  };
}
