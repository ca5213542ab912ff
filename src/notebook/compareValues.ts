import { decodeImage, type DecodedImage } from '../data/decodeImage.js';
import { DataError } from '../errors.js';

/** How far two values may be apart. */
export interface Closeness {
  /** 0: not at all. Else numbers may differ by this times the larger of 1 and the stored one, pictures by this share. */
  readonly tolerance: number;
}

/** A place where two values differ. */
export interface ValueDifference {
  /** 'data.values[3].accuracy', or '' for the whole. */
  readonly path: string;
  readonly stored: string;
  readonly got: string;
  /** |got − stored|, or the mean difference of two pictures as a share of the full range. */
  readonly by?: number;
}

/** Where two JSON values differ: numbers by more than the tolerance, text in its words or in the numbers that it holds. */
export async function compareValues(
  stored: unknown,
  got: unknown,
  closeness: Closeness,
  path = '',
): Promise<ValueDifference[]> {
  const at = { ...closeness, path };
  if (typeof stored === 'number' && typeof got === 'number') return compareNumbers(stored, got, at);
  if (typeof stored === 'string' && typeof got === 'string') return compareText(stored, got, at);
  if (Array.isArray(stored) && Array.isArray(got)) {
    if (stored.length !== got.length)
      return [{ path, stored: `${stored.length} entries`, got: `${got.length} entries` }];
    return each(stored, (entry, i) => compareValues(entry, got[i], closeness, `${path}[${i}]`));
  }
  if (isRecord(stored) && isRecord(got)) {
    const names = [...new Set([...Object.keys(stored), ...Object.keys(got)])];
    return each(names, (name) =>
      compareValues(stored[name], got[name], closeness, path ? `${path}.${name}` : name),
    );
  }
  return stored === got ? [] : [{ path, stored: brief(stored), got: brief(got) }];
}

async function each<Item>(
  items: readonly Item[],
  compare: (item: Item, i: number) => Promise<ValueDifference[]>,
): Promise<ValueDifference[]> {
  return (await Promise.all(items.map(compare))).flat();
}

interface At extends Closeness {
  readonly path: string;
}

function compareNumbers(stored: number, got: number, { tolerance, path }: At): ValueDifference[] {
  const by = Math.abs(got - stored);
  if (Object.is(stored, got) || by <= tolerance * Math.max(1, Math.abs(stored))) return [];
  return [{ path, stored: String(stored), got: String(got), by }];
}

/** Of a decoded picture. */
const channels = 3;
const picture = /^data:image\/png;base64,/;
const numeral = /[-−]?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi;

function compareText(stored: string, got: string, at: At): ValueDifference[] | Promise<ValueDifference[]> {
  if (stored === got) return [];
  if (picture.test(stored) && picture.test(got)) return comparePictures(stored, got, at);
  // The words around numbers must be the same; numbers are compared as such.
  if (stored.replace(numeral, '#') === got.replace(numeral, '#')) {
    const numbers = got.match(numeral) ?? [];
    return (stored.match(numeral) ?? []).flatMap((number, i) =>
      compareNumbers(toNumber(number), toNumber(numbers[i] ?? ''), at),
    );
  }
  return [{ path: at.path, ...differing(stored, got) }];
}

/** Two texts from shortly before the first letter that differs. */
export function differing(stored: string, got: string): Pick<ValueDifference, 'stored' | 'got'> {
  const first = [...stored].findIndex((letter, i) => letter !== got[i]);
  const from = Math.max(0, (first < 0 ? stored.length : first) - 20);
  return { stored: brief(stored.slice(from)), got: brief(got.slice(from)) };
}

function toNumber(numeral: string): number {
  return Number(numeral.replace('−', '-'));
}

/** Compares two PNGs, given as data URLs; without a tolerance they must be the same bytes. */
async function comparePictures(
  stored: string,
  got: string,
  { tolerance, path }: At,
): Promise<ValueDifference[]> {
  const [a, b] = [await pictureOf(stored), await pictureOf(got)];
  const words = {
    path,
    stored: a ? 'a picture' : 'a damaged picture',
    got: b ? 'another picture' : 'a damaged one',
  };
  if (!a || !b) return [words];
  const { by, pixels } = pictureDifference(a, b);
  if (tolerance > 0 && by <= tolerance) return [];
  if (by === 0) return [{ ...words, got: 'the same pixels in other bytes' }];
  return [{ ...words, got: `${words.got}, ${pixels}`, by }];
}

async function pictureOf(url: string): Promise<DecodedImage | undefined> {
  try {
    return await decodeImage(bytesOf(url), { channels, name: 'a picture of the notebook' });
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
}

function bytesOf(url: string): Buffer {
  return Buffer.from(url.replace(picture, ''), 'base64');
}

/** Mean difference of two PNGs as a share of the full range, 0…1, 1 if their sizes differ; and in words where. */
function pictureDifference(a: DecodedImage, b: DecodedImage): { by: number; pixels: string } {
  if (a.shape.join() !== b.shape.join()) return { by: 1, pixels: 'of another size' };
  const off = a.data.map((value, i) => Math.abs(value - (b.data[i] ?? 0)));
  const pixels = off.length / channels;
  const differ = Array.from({ length: pixels }, (_, i) =>
    off.subarray(i * channels, (i + 1) * channels).some((value) => value > 0),
  ).filter(Boolean).length;
  const sum = off.reduce((total, value) => total + value, 0);
  return { by: pixels === 0 ? 0 : sum / off.length / 255, pixels: `in ${differ} of ${pixels} pixels` };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function brief(value: unknown): string {
  const text = (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing')).replace(
    /\s+/g,
    ' ',
  );
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
