import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type Browser } from 'playwright-core';

const candidates = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = process.env['ROARBOOK_BROWSER'] ?? candidates.find((file) => existsSync(file));

/** Why tests in a browser are skipped; false where they run, and where CI asks for a browser. */
export const skip =
  executablePath === undefined && process.env['ROARBOOK_CHROMIUM'] !== 'required'
    ? 'no Chromium here: install Debian’s package chromium, or name a browser in ROARBOOK_BROWSER'
    : false;

const quiet = ['networking', 'timer-throttling', 'media-suspend'].map(
  (what) => `--disable-background-${what}`,
);
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-sync',
  '--disable-component-update',
];

/** Starts Chromium with the packaged font as its only one, so that text is drawn alike on every machine. */
export async function launch(): Promise<{ browser: Browser; close(): Promise<void> }> {
  if (executablePath === undefined)
    throw new Error('launch: Chromium must be installed, got none; apt-get install chromium');
  const folder = mkdtempSync(path.join(tmpdir(), 'roarbook-fonts-'));
  const fonts = path.dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'));
  const config = path.join(folder, 'fonts.conf');
  writeFileSync(
    config,
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${fonts}</dir><cachedir>${folder}</cachedir></fontconfig>`,
  );
  const browser = await chromium.launch({
    executablePath,
    // What a person sees: that a wide figure scrolls.
    ignoreDefaultArgs: ['--hide-scrollbars'],
    args: [...flags, ...quiet, '--font-render-hinting=none', '--force-color-profile=srgb'],
    env: { ...process.env, FONTCONFIG_FILE: config },
  });
  return {
    browser,
    async close() {
      await browser.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
