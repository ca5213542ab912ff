import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { host } from './host.js';

/** How a line of text is asked for. */
export interface InputOptions {
  /** Does not show what is typed; default false. */
  password?: boolean;
}

/**
 * Asks the user for a line of text: below the cell in a notebook, else in the terminal.
 *
 * @throws {Error} If the client cannot ask (a notebook that runs headless).
 */
export async function input(prompt = '', { password = false }: InputOptions = {}): Promise<string> {
  const kernel = host();
  if (kernel) return kernel.input(prompt, { password });
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({
    input: process.stdin,
    output: password ? silent : process.stdout,
    terminal: process.stdin.isTTY,
  });
  try {
    if (password) process.stdout.write(prompt);
    return await lines.question(password ? '' : prompt);
  } finally {
    lines.close();
  }
}
