import { readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** The name under which this process alone writes a file or folder that is to be called `name`. */
export function ownPartName(name: string): string {
  return `${name}.part-${hostname()}-${process.pid}-${parts++}`;
}

/** Removes what is left of `name` by processes of this machine that have ended. */
export async function removeLeftovers(name: string, folder: string): Promise<void> {
  for (const path of await unowned(name, folder)) await rm(path, { force: true, recursive: true });
}

let parts = 0;

/** Makes the longest partial file that no running process owns this call's own; else names a new one. */
export async function claim(name: string, folder: string): Promise<string> {
  const own = join(folder, ownPartName(name));
  const sized = await Promise.all(
    (await unowned(name, folder)).map(async (path) => ({ path, length: await lengthOf(path) })),
  );
  for (const { path } of sized.sort((a, b) => b.length - a.length)) {
    const taken = await rename(path, own).then(
      () => true,
      () => false, // another process was faster
    );
    if (taken) break;
  }
  return own;
}

async function unowned(name: string, folder: string): Promise<string[]> {
  const part = `${name}.part`;
  const host = `${part}-${hostname()}-`;
  const names = await readdir(folder).catch(() => []);
  return names
    .filter(
      (entry) => entry === part || (entry.startsWith(host) && !alive(parseInt(entry.slice(host.length), 10))),
    )
    .map((entry) => join(folder, entry));
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Bytes in a file; 0 where there is none. */
export async function lengthOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
