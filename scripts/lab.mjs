// npm run lab: JupyterLab with the kernel and the notebooks; further arguments go to JupyterLab.
import path from 'node:path';
import { main, runInTerminal } from './report.mjs';
import { packageFolder, setup } from './setup.mjs';

await main(async () => {
  const { python } = await setup();
  const notebooks = path.join(packageFolder, 'notebooks');
  const options = [`--notebook-dir=${notebooks}`, '--LabApp.news_url=None'];
  // Containers run as root; Jupyter wants to be told.
  if (process.getuid?.() === 0) options.push('--allow-root');
  return runInTerminal(python, ['-m', 'jupyterlab', ...options, ...process.argv.slice(2)]);
});
