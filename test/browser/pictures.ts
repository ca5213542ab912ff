import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pixelmatch from 'pixelmatch';
import type { Locator, Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { root } from './jupyter.js';

const stored = path.join(import.meta.dirname, 'stored');
/** Everything that was seen, for people and for CI; git ignores it. */
const seen = path.join(root, 'results', 'browser');

/**
 * Share of the pixels that may differ. Chromium's versions smooth the edges of text and lines differently, and 0.5 % of
 * these pictures is less than one line of a caption moved or one curve missing takes (0.8 % and more).
 */
const tolerance = 0.005;

/** Keeps a picture of the whole window or of an element. */
export async function keep(what: Page | Locator, name: string): Promise<Buffer> {
  mkdirSync(seen, { recursive: true });
  return what.screenshot({ path: path.join(seen, `${name}.png`), animations: 'disabled' });
}

/** Keeps a text beside the pictures. */
export function keepText(text: string, name: string): void {
  mkdirSync(seen, { recursive: true });
  writeFileSync(path.join(seen, `${name}.txt`), text);
}

/**
 * Compares an element with its stored picture; ROARBOOK_UPDATE_PICTURES=1 stores it instead.
 *
 * @throws If more than the tolerance differs; `NAME.diff.png` then shows where.
 */
export async function looksAsStored(element: Locator, name: string): Promise<void> {
  const png = await keep(element, name);
  const file = path.join(stored, `${name}.png`);
  if (process.env['ROARBOOK_UPDATE_PICTURES'] === '1') {
    mkdirSync(stored, { recursive: true });
    writeFileSync(file, png);
    return;
  }
  assert.ok(existsSync(file), `${name}: no picture is stored; run with ROARBOOK_UPDATE_PICTURES=1`);
  const { share, diff } = difference(png, readFileSync(file));
  if (share > tolerance) writeFileSync(path.join(seen, `${name}.diff.png`), diff);
  assert.ok(share <= tolerance, `${name}: ${(100 * share).toFixed(2)} % of the pixels differ; see ${seen}`);
}

/** The share of pixels that differ, 0…1, and a picture of where; 1 for other sizes. */
export function difference(a: Buffer, b: Buffer): { share: number; diff: Buffer } {
  const [one, other] = [PNG.sync.read(a), PNG.sync.read(b)];
  const { width, height } = one;
  if (other.width !== width || other.height !== height) return { share: 1, diff: b };
  const diff = new PNG({ width, height });
  const count = pixelmatch(one.data, other.data, diff.data, width, height, { threshold: 0.1 });
  return { share: count / (width * height), diff: PNG.sync.write(diff) };
}

/** Waits until an element looks otherwise than in a picture of it: by at least a share of its pixels. */
export async function changed(element: Locator, before: Buffer, share = 0.001): Promise<void> {
  const end = performance.now() + 20_000;
  while (difference(await element.screenshot(), before).share < share)
    assert.ok(performance.now() < end, 'changed: the element looks as before');
}
