// npm test: sets everything up, checks types and style, runs the fast tests. --slow runs the slow ones, --fast --slow
// both, --browser those in JupyterLab; other arguments pick files by a part of their path.
import path from 'node:path';
import { SetupError, main, runInTerminal } from './report.mjs';
import { packageFolder, setup } from './setup.mjs';
import { filesBelow } from './stamp.mjs';

/** Milliseconds after which a test file counts as failed and is ended. */
const longest = 10 * 60_000;

await main(async () => {
  const slow = process.argv.includes('--slow');
  await setup({ cluster: slow });
  const asked = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
  const browser = process.argv.includes('--browser');
  const fast = process.argv.includes('--fast') || !(slow || browser);
  const files = filesBelow(path.join(packageFolder, 'test'))
    .filter((file) => file.endsWith('.test.ts'))
    .filter((file) => (file.endsWith('.slow.test.ts') ? slow : /\.browser\.test/.test(file) ? browser : fast))
    .filter((file) => !asked.length || asked.some((part) => file.includes(part)));
  if (!files.length) throw new SetupError(`No test file's path contains ${asked.join(' or ')}.`);
  const options = {
    cwd: packageFolder,
    env: { TF_CPP_MIN_LOG_LEVEL: '2', TF_ENABLE_ONEDNN_OPTS: '1', ...process.env },
  };
  const linted = asked.length || !fast ? 0 : await lint(options);
  const reporter = process.env.CI ? ['--test-reporter=spec'] : [];
  // One file at a time: kernels' promised latencies are asserted, and two would choose their ports at once. No file may
  // hang for ever.
  const tested = await runInTerminal(
    process.execPath,
    ['--import', 'tsx', '--test', '--test-concurrency=1', `--test-timeout=${longest}`, ...reporter, ...files],
    options,
  );
  return linted || tested;
});

/** Types of the tests, ESLint, Prettier: the first that fails gives the exit code. */
async function lint(options) {
  for (const [tool, ...args] of [
    ['typescript/bin/tsc', '-p', 'test'],
    ['eslint/bin/eslint.js', '.'],
    ['prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'],
  ]) {
    const code = await runInTerminal(
      process.execPath,
      [path.join(packageFolder, 'node_modules', tool), ...args],
      options,
    );
    if (code) return code;
  }
  return 0;
}
