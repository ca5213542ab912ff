// Fetches TensorFlow's C library from its Python wheel, once per user: no Python of TensorFlow's is ever run.
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cacheFolder, checkSpace } from './machine.mjs';
import { run } from './report.mjs';

export const tensorflowVersion = '2.21.0';

// Measured: download, and disk space while unpacking (wheels and contents side by side).
const sizes = {
  cpu: { wheel: 'tensorflow-cpu', download: '274 MB', disk: 1300 },
  gpu: { wheel: 'tensorflow', download: 'about 3 GB with its NVIDIA packages', disk: 9000 },
};

// Wheels exist for Python up to 3.13; what is taken from them does not depend on Python's version.
const pipOptions = [
  '--no-deps',
  '--python-version',
  '3.13',
  '--only-binary=:all:',
  '--disable-pip-version-check',
  '-q',
];

// Copies the members with the given prefixes out of a wheel.
const unpack = `
import sys, zipfile
wheel, target, *prefixes = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    archive.extractall(target, [name for name in archive.namelist() if name.startswith(tuple(prefixes))])
`;

const wanted = [
  'tensorflow/libtensorflow_cc.so.2',
  'tensorflow/libtensorflow_framework.so.2',
  'tensorflow/include/tensorflow/c/',
  'tensorflow/include/tensorflow/core/platform/',
  'tensorflow/include/tsl/platform/',
  'tensorflow/include/xla/tsl/c/',
];

/** The folder that holds (or will hold) TensorFlow's libraries and headers for a device. */
export function tensorflowFolder(device) {
  return path.join(cacheFolder, `tensorflow-${device}-${tensorflowVersion}`, 'tensorflow');
}

/** Makes `tensorflowFolder(device)`; it appears complete or not at all. */
export async function fetchTensorflow(device, python, notice) {
  const folder = path.dirname(tensorflowFolder(device));
  if (existsSync(path.join(folder, 'complete'))) return undefined;
  const { wheel, download, disk } = sizes[device];
  checkSpace(cacheFolder, disk, `TensorFlow ${tensorflowVersion} for the ${device.toUpperCase()}`);
  notice(`downloading ${download} …`);
  clearLeftovers();
  const work = path.join(cacheFolder, `unpacking-${process.pid}-${randomUUID()}`);
  mkdirSync(work, { recursive: true });
  try {
    const wheels = path.join(work, 'wheels');
    const target = path.join(work, 'target');
    await download1(python, `${wheel}==${tensorflowVersion}`, wheels);
    const metadata = await wheelMetadata(python, onlyFile(wheels));
    await run(python, ['-c', unpack, onlyFile(wheels), target, ...wanted]);
    if (device === 'gpu') await addNvidia(python, metadata, work, target);
    writeFileSync(path.join(target, 'complete'), `${wheel}==${tensorflowVersion}\n`);
    rmSync(folder, { recursive: true, force: true });
    renameSync(target, folder);
  } catch (error) {
    // Another set-up may have been faster: then its folder is as good.
    if (!existsSync(path.join(folder, 'complete'))) throw error;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return `${wheel} ${tensorflowVersion} in ${folder}`;
}

async function download1(python, requirement, folder) {
  await run(python, ['-m', 'pip', 'download', ...pipOptions, '-d', folder, requirement], {
    what: `Downloading ${requirement}`,
  });
}

/** TensorFlow looks for CUDA's libraries beside itself, in `nvidia/*`, as pip would lay them. */
async function addNvidia(python, metadata, work, target) {
  const requirements = [
    ...metadata.matchAll(/^Requires-Dist: (nvidia-[^;]+?)\s*;\s*extra == ["']and-cuda["']/gm),
  ];
  for (const [index, match] of requirements.entries()) {
    const folder = path.join(work, `nvidia-${index}`);
    await download1(python, match[1].replace(/[()\s]/g, ''), folder);
    await run(python, ['-c', unpack, onlyFile(folder), target, 'nvidia/']);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function wheelMetadata(python, wheel) {
  const code =
    'import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nprint(next(z.read(n).decode() for n in z.namelist() if n.endswith(".dist-info/METADATA")))';
  return run(python, ['-c', code, wheel]);
}

function onlyFile(folder) {
  return path.join(folder, readdirSync(folder)[0]);
}

/** Removes what set-ups that were killed have left; a folder names the process that works in it. */
function clearLeftovers() {
  for (const name of readdirSync(cacheFolder)) {
    const pid = /^unpacking-(\d+)-/.exec(name)?.[1];
    if (pid && !isRunning(pid)) rmSync(path.join(cacheFolder, name), { recursive: true, force: true });
  }
}

function isRunning(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('node');
  } catch {
    return false;
  }
}
