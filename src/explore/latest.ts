/**
 * Runs work for the newest state only: while it runs, any number of calls ask for one more run after it.
 *
 * @param work - Reads the state itself.
 * @param failed - Is told when it fails; what was asked meanwhile is run all the same.
 */
export function latest(work: () => Promise<void>, failed: (error: unknown) => void): () => void {
  let [running, stale] = [false, false];
  const run = async () => {
    if (running) {
      stale = true;
      return;
    }
    running = true;
    do {
      stale = false;
      await work().catch(failed);
    } while (stale);
    running = false;
  };
  return () => void run();
}
