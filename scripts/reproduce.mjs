// npm run reproduce: sets everything up, then runs the sections' notebooks headless.
import path from 'node:path';
import { main, runInTerminal } from './report.mjs';
import { packageFolder, setup } from './setup.mjs';

await main(async () => {
  await setup();
  const cli = path.join(packageFolder, 'dist', 'cli.js');
  return runInTerminal(process.execPath, [cli, 'reproduce', ...process.argv.slice(2)]);
});
