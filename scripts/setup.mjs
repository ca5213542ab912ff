// Makes everything Roarbook needs, in a clone or in a project that depends on it; what is there already is left alone.
import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compileBinding } from './binding.mjs';
import { checkPlatform, checkSpace, findCompiler, findPython, wantedDevice } from './machine.mjs';
import { SetupError, main, run, step } from './report.mjs';
import { filesBelow, hashOf, isStamped, stamp } from './stamp.mjs';
import { fetchTensorflow, tensorflowFolder, tensorflowVersion } from './tensorflow.mjs';

/** The folder of the package itself. */
export const packageFolder = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/**
 * Sets up Roarbook.
 *
 * @param project - The folder that gets `.venv` and holds `node_modules`: the clone, or the project that depends on it.
 * @param cluster - Whether Snakemake and what it needs for Slurm and Kubernetes come as well.
 * @returns {Promise<{python: string, device: 'cpu' | 'gpu'}>} The virtual environment's Python.
 */
export async function setup({ project = packageFolder, cluster = false } = {}) {
  checkPlatform();
  const device = wantedDevice();
  const isClone = realpathSync(project) === realpathSync(packageFolder);
  const venv = path.join(project, '.venv');
  if (!existsSync(venv)) {
    // What is missing is said before anything is downloaded.
    await findPython();
    await findCompiler();
  }
  const python = path.join(venv, 'bin', 'python');
  if (isClone) await step('npm packages', (notice) => installPackages(notice));
  await step('Python packages', (notice) => installPython(venv, notice));
  if (cluster) await step('Cluster engine', (notice) => installEngine(venv, notice));
  await step('TensorFlow', (notice) => fetchTensorflow(device, python, notice));
  for (const { name, folder } of tfjsPackages(project))
    await step(`Native binding of ${name}`, (notice) => buildBinding(folder, device, notice));
  if (isClone) {
    await step('Roarbook itself', () => build());
    // npx links the clone once and from then on takes the command as it is.
    chmodSync(path.join(packageFolder, 'dist', 'cli.js'), 0o755);
  }
  await step('Jupyter kernel', () => installKernel(venv));
  return { python, device };
}

async function installPackages(notice) {
  const marker = path.join(packageFolder, 'node_modules', '.roarbook-stamp');
  const hash = hashOf({
    files: ['package.json', 'package-lock.json'].map((name) => path.join(packageFolder, name)),
  });
  if (isStamped(marker, hash)) return undefined;
  checkSpace(packageFolder, 1200, 'Installing the npm and Python packages');
  notice('downloading about 180 MB …');
  const npm = process.env.npm_execpath;
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
  const [command, first] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
  await run(command, [...first, ...args], { cwd: packageFolder, what: 'npm ci' });
  stamp(marker, hash);
  return 'installed from package-lock.json';
}

const moduleKind = '{ "type": "commonjs" }\n';

async function installPython(venv, notice) {
  const marker = path.join(venv, '.roarbook-stamp');
  const requirements = path.join(packageFolder, 'requirements.txt');
  const hash = hashOf({
    texts: [venv, packageFolder, moduleKind, JSON.stringify(configs)],
    files: [requirements, ...templateFiles],
  });
  if (isStamped(marker, hash)) return undefined;
  const python = await findPython();
  notice('making .venv, downloading about 70 MB …');
  // A half-made or moved environment is of no use.
  rmSync(venv, { recursive: true, force: true });
  await run(python, ['-m', 'venv', venv], { what: 'Making .venv' });
  // JupyterLab runs its own yarn, which is CommonJS: the project above may say otherwise.
  writeFileSync(path.join(venv, 'package.json'), moduleKind);
  await pipInstall(venv, requirements);
  const ownPython = path.join(venv, 'bin', 'python');
  // papermill finds the translator of TypeScript parameters through this path.
  const sitePackages = (
    await run(ownPython, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))'])
  ).trim();
  writeFileSync(path.join(sitePackages, 'roarbook.pth'), `${path.join(packageFolder, 'python')}\n`);
  installTemplates(venv);
  stamp(marker, hash);
  return 'JupyterLab, nbclient, nbconvert and papermill in .venv';
}

/** Templates for nbconvert, by the one of its own that each extends. */
const templates = { latex: 'index.tex.j2', lab: 'index.html.j2' };
const templateFiles = Object.values(templates).map((file) =>
  path.join(packageFolder, 'python', 'nbconvert', file),
);
const configs = {
  'jupyter_config.json': { LatexExporter: { template_name: 'roarbook-latex' } },
  // JupyterLab's alone: on the command line it would override --template. To nbconvert slides are a kind of HTML.
  'jupyter_server_config.json': {
    HTMLExporter: { template_name: 'roarbook-lab' },
    SlidesExporter: { template_name: 'reveal' },
  },
};

/** Makes the environment's JupyterLab write PDF and HTML by `templates`, and its nbconvert PDF. */
function installTemplates(venv) {
  const fonts = path.dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'));
  const files = {};
  for (const [file, config] of Object.entries(configs))
    files[`etc/jupyter/${file}`] = `${JSON.stringify(config)}\n`;
  Object.entries(templates).forEach(([base, file], i) => {
    const folder = `share/jupyter/nbconvert/templates/roarbook-${base}`;
    files[`${folder}/conf.json`] = `{ "base_template": "${base}" }\n`;
    files[`${folder}/${file}`] = readFileSync(templateFiles[i], 'utf8').replace('{fonts}', fonts);
  });
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(venv, file)), { recursive: true });
    writeFileSync(path.join(venv, file), text);
  }
}

async function installEngine(venv, notice) {
  const marker = path.join(venv, '.cluster-stamp');
  const requirements = path.join(packageFolder, 'requirements-cluster.txt');
  const hash = hashOf({ texts: [venv], files: [requirements] });
  if (isStamped(marker, hash)) return undefined;
  notice('downloading about 90 MB …');
  await pipInstall(venv, requirements);
  stamp(marker, hash);
  return 'Snakemake with Slurm and Kubernetes in .venv';
}

async function pipInstall(venv, requirements) {
  const pip = ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', '-r', requirements];
  await run(path.join(venv, 'bin', 'python'), pip, { cwd: packageFolder, what: 'pip install' });
}

/**
 * tfjs's packages that have a binding: Roarbook's own, and the project's `tfjs-node` where it is of the same version; with
 * another one the compiler, which works on Roarbook's tfjs-core, would not see the project's tensors.
 */
export function tfjsPackages(project) {
  const own = packageOf('@tensorflow/tfjs-node-gpu', packageFolder);
  let further;
  try {
    further = packageOf('@tensorflow/tfjs-node', project);
  } catch {
    return [own];
  }
  return further.version === own.version ? [own, further] : [own];
}

function packageOf(name, from) {
  const file = createRequire(path.resolve(from, 'package.json')).resolve(`${name}/package.json`);
  return { name, folder: path.dirname(file), version: JSON.parse(readFileSync(file, 'utf8')).version };
}

async function buildBinding(packageDir, device, notice) {
  const require = createRequire(path.join(packageFolder, 'package.json'));
  const headersDir = path.join(path.dirname(require.resolve('node-api-headers/package.json')), 'include');
  const output = path.join(packageDir, 'lib', 'napi-v8', 'tfjs_binding.node');
  const sources = [
    ...filesBelow(path.join(packageDir, 'binding')),
    ...filesBelow(path.join(packageFolder, 'src', 'native')).filter((file) => /\.(cc|h)$/.test(file)),
    fileURLToPath(new URL('binding.mjs', import.meta.url)),
  ];
  const tensorflowDir = tensorflowFolder(device);
  const hash = hashOf({ texts: [tensorflowVersion, tensorflowDir], files: sources });
  const marker = `${output}.stamp`;
  if (existsSync(output) && isStamped(marker, hash)) return undefined;
  const cxx = await findCompiler();
  notice(`compiling with ${cxx} against TensorFlow ${tensorflowVersion} for the ${device.toUpperCase()} …`);
  await compileBinding({ packageDir, tensorflowDir, headersDir, output, cxx });
  stamp(marker, hash);
  return 'compiled';
}

async function build() {
  const dist = path.join(packageFolder, 'dist');
  const marker = path.join(dist, '.stamp');
  const hash = hashOf({
    files: [...filesBelow(path.join(packageFolder, 'src')), path.join(packageFolder, 'tsconfig.json')],
  });
  if (isStamped(marker, hash)) return undefined;
  // A module that src/ no longer has must not live on in dist/.
  rmSync(dist, { recursive: true, force: true });
  const tsc = path.join(packageFolder, 'node_modules', 'typescript', 'bin', 'tsc');
  await run(process.execPath, [tsc, '-p', packageFolder], { what: 'Compiling src/' });
  stamp(marker, hash);
  return 'compiled src/ into dist/';
}

async function installKernel(venv) {
  const marker = path.join(venv, 'share', 'jupyter', 'kernels', 'roarbook', '.stamp');
  const template = path.join(packageFolder, 'kernel.json');
  const hash = hashOf({ texts: [packageFolder, process.execPath], files: [template] });
  if (isStamped(marker, hash)) return undefined;
  const cli = path.join(packageFolder, 'dist', 'cli.js');
  if (!existsSync(cli))
    throw new SetupError(`${cli} is missing: this copy of the package was packed before it was built.`);
  await run(process.execPath, [cli, 'kernel', 'install', '--prefix', venv], {
    what: 'Installing the kernel',
  });
  stamp(marker, hash);
  return 'TypeScript (Roarbook)';
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await main(async () => {
    const start = performance.now();
    const { values, positionals } = parseArgs({
      options: { 'with-cluster': { type: 'boolean' } },
      allowPositionals: true,
    });
    await setup({ project: positionals[0] ?? packageFolder, cluster: values['with-cluster'] });
    console.log(`Everything is there (${((performance.now() - start) / 1000).toFixed(1)} s).`);
  });
}
