// npm run sweep: sets everything up, Snakemake too, then computes tasks here or on a cluster.
import path from 'node:path';
import { main, runInTerminal } from './report.mjs';
import { packageFolder, setup } from './setup.mjs';

await main(async () => {
  await setup({ cluster: true });
  const cli = path.join(packageFolder, 'dist', 'cli.js');
  return runInTerminal(process.execPath, [cli, 'sweep', ...process.argv.slice(2)]);
});
