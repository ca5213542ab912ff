/** Milliseconds between two slices, in which a cell may begin. */
const pause = 60;

/**
 * Loads and compiles what the first figure needs, about 0.3 s of work. In slices: a cell that begins meanwhile waits for
 * one of them only.
 */
export async function warmUp(): Promise<void> {
  const slices = [
    () => import('vega'),
    () => import('vega-lite'),
    () => import('./render.js'),
    async () => (await import('./render.js')).drawPoint(),
  ];
  for (const slice of slices) {
    await slice();
    await new Promise((resolve) => setTimeout(resolve, pause).unref());
  }
}
