// What the set-up needs of the machine, checked before anything is downloaded.
import { existsSync, mkdirSync, statfsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { SetupError, run } from './report.mjs';

/** Where TensorFlow, data sets and compiled GPU kernels are kept, shared by all projects of the user. */
export const cacheFolder = path.join(
  process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'),
  'roarbook',
);

/** @throws {SetupError} Off Linux x86-64, or with a Node that is too old. */
export function checkPlatform() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new SetupError(
      `Roarbook runs on Linux x86-64 (on Windows: in WSL2), this is ${process.platform} ${process.arch}.`,
    );
  }
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new SetupError(
      `Node ≥ 20.19 is needed, this is ${process.versions.node}: install a newer one from nodejs.org.`,
    );
  }
}

/** The device to compute on: ROARBOOK_DEVICE, or 'gpu' where an NVIDIA driver is loaded. */
export function wantedDevice() {
  const asked = process.env.ROARBOOK_DEVICE;
  if (asked && asked !== 'cpu' && asked !== 'gpu') {
    throw new SetupError(`ROARBOOK_DEVICE must be cpu or gpu, got '${asked}'.`);
  }
  return asked || (existsSync('/proc/driver/nvidia/version') || existsSync('/dev/nvidia0') ? 'gpu' : 'cpu');
}

/**
 * Finds a Python ≥ 3.10 that can make virtual environments.
 *
 * @throws {SetupError} If there is none; the message names what to install.
 */
export async function findPython() {
  const tried = [];
  for (const name of ['python3', 'python3.13', 'python3.12', 'python3.14', 'python3.11', 'python3.10']) {
    const code = 'import sys, venv, ensurepip; print("%d.%d" % sys.version_info[:2])';
    try {
      const version = (await run(name, ['-c', code])).trim();
      if (Number(version.split('.')[1]) >= 10) return name;
      tried.push(`${name} is ${version}`);
    } catch (error) {
      const missing = /No module named '?(venv|ensurepip)/.exec(error.message);
      if (missing) tried.push(`${name} has no ${missing[1]}`);
    }
  }
  const found = tried.length ? ` (${tried.join('; ')})` : '';
  throw new SetupError(
    `Python ≥ 3.10 with venv is needed and was not found${found}. Debian and Ubuntu: sudo apt install python3 python3-venv. Fedora: sudo dnf install python3.`,
  );
}

/**
 * Finds a C++ compiler: $CXX, or c++, g++, clang++.
 *
 * @throws {SetupError} If there is none; the message names what to install.
 */
export async function findCompiler() {
  for (const name of [process.env.CXX, 'c++', 'g++', 'clang++']) {
    if (!name) continue;
    try {
      await run(name, ['--version']);
      return name;
    } catch {
      // Not this one.
    }
  }
  throw new SetupError(
    'A C++ compiler is needed and was not found. Debian and Ubuntu: sudo apt install g++. Fedora: sudo dnf install gcc-c++.',
  );
}

/** @throws {SetupError} If the file system that holds `folder` has less than `megabytes` free. */
export function checkSpace(folder, megabytes, what) {
  mkdirSync(folder, { recursive: true });
  const { bavail, bsize } = statfsSync(folder);
  const free = Math.floor((bavail * bsize) / 1e6);
  if (free < megabytes) {
    throw new SetupError(
      `${what} needs ${megabytes} MB free in ${folder}, there are ${free} MB: make room, or set XDG_CACHE_HOME to another disk.`,
    );
  }
}
