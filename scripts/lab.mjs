// npm run lab: JupyterLab with the kernel and the notebooks; further arguments go to JupyterLab.
import path from 'node:path';
import { main, runInTerminal } from './report.mjs';
import { packageFolder, setup } from './setup.mjs';

await main(async () => {
  const { python } = await setup();
  const notebooks = path.join(packageFolder, 'notebooks');
  return runInTerminal(python, ['-m', 'jupyterlab', `--notebook-dir=${notebooks}`, ...process.argv.slice(2)]);
});
