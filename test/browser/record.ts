import type { Page } from 'playwright-core';

/** So many lines are kept; a training alone sends two a second. */
const longest = 2000;
/** So many characters of a line are kept: the kind of a message and how its content begins. */
const width = 400;

/** What a page and its kernels say to each other, and what the page logs: for whoever asks why a test failed. */
export function record(page: Page): readonly string[] {
  const start = performance.now();
  const lines: string[] = [];
  const add = (...parts: readonly string[]) => {
    const time = ((performance.now() - start) / 1000).toFixed(2);
    if (lines.push(`${time} ${parts.join(' ').slice(0, width)}`) > longest) lines.shift();
  };
  page.on('console', (message) => add('console', message.type(), message.text()));
  page.on('pageerror', (error) => add('page', String(error)));
  page.on('websocket', (socket) => {
    add('opened', socket.url());
    socket.on('framereceived', ({ payload }) => add('<', readable(payload)));
    socket.on('framesent', ({ payload }) => add('>', readable(payload)));
    socket.on('close', () => add('closed', socket.url()));
  });
  return lines;
}

/** A message without its bytes and without what all messages of a session share. */
function readable(payload: string | Buffer): string {
  return String(payload)
    .replace(/[^\x20-\x7e]+/g, ' ')
    .replace(/"(session|username|version|date|subshell_id)": ?("[^"]*"|null),?/g, '');
}
