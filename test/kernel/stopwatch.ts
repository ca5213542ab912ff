import { readdirSync, readFileSync } from 'node:fs';

/**
 * Starts to measure how long a kernel takes for something, and returns what reads the time in milliseconds. The time for
 * which the machine gave the threads of this process and of the kernel's no processor, or had none itself, does not count
 * (on Linux): on a busy machine that can be a second, and says nothing about the kernel.
 *
 * @param pid - The kernel's.
 */
export function stopwatch(pid: number | undefined): () => number {
  const [waited, stolen, start] = [waits(pid), steal(), performance.now()];
  return () => {
    let time = performance.now() - start - (steal() - stolen);
    for (const [thread, wait] of waits(pid)) time -= wait - (waited.get(thread) ?? wait);
    return time;
  };
}

/** Milliseconds for which each thread of this process and of a kernel's processes has waited for a processor. */
function waits(pid: number | undefined): Map<string, number> {
  const found = new Map<string, number>();
  for (const process of pid === undefined ? [] : ['self', ...family(pid)])
    for (const thread of list(`/proc/${process}/task`)) {
      const waited = read(`/proc/${process}/task/${thread}/schedstat`).split(' ')[1];
      if (waited !== undefined) found.set(thread, Number(waited) / 1e6);
    }
  return found;
}

/** The ids of a process and of all that descend from it. */
function family(pid: number): string[] {
  const parents = list('/proc').flatMap((process) => {
    const parent = read(`/proc/${process}/stat`).split(') ').at(-1)?.split(' ')[1];
    return /^\d+$/.test(process) && parent !== undefined ? [[process, parent] as const] : [];
  });
  const members = [String(pid)];
  for (const member of members)
    for (const [process, parent] of parents) if (parent === member) members.push(process);
  return members;
}

/** Milliseconds that other virtual machines have taken from this one's processors. */
function steal(): number {
  return 10 * Number(/^cpu +(?:\d+ ){7}(\d+)/.exec(read('/proc/stat'))?.[1] ?? 0);
}

/** Nothing where there is no such file, or no more. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
