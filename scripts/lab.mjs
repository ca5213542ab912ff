// npm run lab: JupyterLab with the kernel and the notebooks; further arguments go to JupyterLab.
import path from 'node:path';
import { main, runInTerminal } from './report.mjs';
import { packageFolder, setup } from './setup.mjs';

await main(async () => {
  const { python } = await setup();
  const asked = process.argv.slice(2);
  const options = ['--LabApp.news_url=None'];
  if (!asked.some((argument) => /^--(notebook-dir|ServerApp\.root_dir|preferred-dir)\b/.test(argument)))
    options.push(`--notebook-dir=${path.join(packageFolder, 'notebooks')}`);
  // Containers run as root; Jupyter wants to be told.
  if (process.getuid?.() === 0) options.push('--allow-root');
  return runInTerminal(python, ['-m', 'jupyterlab', ...options, ...asked]);
});
