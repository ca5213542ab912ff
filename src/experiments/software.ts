import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { deviceInfo } from '../native/device.js';

const manifest = new URL('../../package.json', import.meta.url);

/** Versions of what computed: the package, Node, TensorFlow. */
export async function versions(): Promise<Record<string, string>> {
  const { name, version } = JSON.parse(await readFile(manifest, 'utf8')) as { name: string; version: string };
  return { [name]: version, node: process.versions.node, tensorflow: deviceInfo().tensorflow };
}

/** The commit of a git checkout, with '+ changes' where files differ from it; 'none' elsewhere. */
export function gitCommit(folder: string): string {
  const git = (...args: string[]) => spawnSync('git', ['-C', folder, ...args], { encoding: 'utf8' });
  const commit = git('rev-parse', '--short=12', 'HEAD');
  if (commit.status !== 0) return 'none';
  const changed = git('status', '--porcelain').stdout.trim() !== '';
  return `${commit.stdout.trim()}${changed ? ' + changes' : ''}`;
}
