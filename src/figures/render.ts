import { renderAsync } from '@resvg/resvg-js';
import * as vega from 'vega';
import { compile } from 'vega-lite';
import type { TopLevelSpec } from 'vega-lite';
import { fontFamily, fontFiles, textWidth } from './fonts.js';

/** Vega's hook for measuring text; its typings leave it out. */
interface TextMetrics {
  width(item: { fontSize?: number; fontWeight?: string | number; text?: unknown }, text?: unknown): number;
}

/** A Vega-Lite specification as the Vega specification that draws it. */
export function vegaSpec(spec: Readonly<Record<string, unknown>>): vega.Spec {
  // Users edit specifications as plain JSON; Vega-Lite itself says what is wrong with one.
  const plain = JSON.parse(JSON.stringify(spec)) as TopLevelSpec;
  return compile(plain, { logger: vega.logger(vega.Error) }).spec;
}

/**
 * Draws a Vega-Lite specification as SVG, without a browser.
 *
 * Text is measured in the packaged font, so that labels get the room they need.
 */
export async function renderSvg(spec: Readonly<Record<string, unknown>>): Promise<string> {
  measureText();
  const view = new vega.View(vega.parse(vegaSpec(spec)), { renderer: 'none', logLevel: vega.Error });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/**
 * Draws an SVG as PNG on white, in the packaged font alone: the same bytes on every machine.
 *
 * @param scale - Pixels of the image per pixel of the figure.
 */
export async function renderPng(svg: string, scale: number): Promise<Buffer> {
  const image = await renderAsync(svg, {
    background: 'white',
    fitTo: { mode: 'zoom', value: scale },
    // Pictures come enlarged by a whole factor: taking the nearest pixel keeps their squares sharp, and is fast.
    imageRendering: 1,
    font: { loadSystemFonts: false, fontFiles: [...fontFiles], defaultFontFamily: fontFamily },
  });
  return image.asPng();
}

/** Draws a point, so that the first figure finds everything compiled. */
export async function drawPoint(): Promise<void> {
  const data = { values: [{ x: 'a' }] };
  const svg = await renderSvg({ data, mark: 'point', encoding: { x: { field: 'x', type: 'ordinal' } } });
  await renderPng(svg, 1);
}

function measureText(): void {
  const { textMetrics } = vega as { textMetrics?: TextMetrics };
  if (!textMetrics) return;
  textMetrics.width = ({ fontSize = 11, fontWeight, text }, line = text) => {
    const bold = fontWeight === 'bold' || Number(fontWeight) >= 600;
    return textWidth(String(line ?? ''), { size: fontSize, bold });
  };
}
