import { readdirSync, readFileSync } from 'node:fs';

/** Milliseconds after which a process that lives on is interrupted again. */
const again = { default: 100, handler: 1000 } as const;
/** Milliseconds after a Stop until which a shell is interrupted again that took the signal for its child's. */
const aftermath = 1500;
const pause = 100;
const sigint = 2n;

/**
 * Sends SIGINT, as Ctrl-C does, to the other processes of this one's group: what the cells have started, and what that
 * has started. A process that handles the signal gets time to tidy up; one that does not, and lives on, was still being
 * made when it came.
 */
export class Children {
  private readonly interrupted = new Map<number, number>();
  private following: NodeJS.Timeout | undefined;

  interrupt(members = otherMembers()): void {
    const now = performance.now();
    for (const pid of members) {
      const last = this.interrupted.get(pid);
      if (last !== undefined && now - last < (handles(pid) ? again.handler : again.default)) continue;
      this.interrupted.set(pid, now);
      try {
        process.kill(pid, 'SIGINT');
      } catch {
        // It has ended.
      }
    }
  }

  /** The Stop is over: only what it has met and lives on is interrupted again. */
  follow(): void {
    const met = new Set(this.interrupted.keys());
    const end = performance.now() + aftermath;
    clearInterval(this.following);
    this.following = setInterval(() => {
      const left = otherMembers().filter((pid) => met.has(pid));
      if (left.length > 0 && performance.now() < end) return this.interrupt(left);
      clearInterval(this.following);
      // The next Stop interrupts all anew.
      this.interrupted.clear();
    }, pause);
  }
}

function otherMembers(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid && groupOf(pid) === process.pid);
}

function groupOf(pid: number): number {
  const stat = read(pid, 'stat');
  // The name, in parentheses, may hold anything; state, parent and group follow it.
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
}

function handles(pid: number): boolean {
  const caught = /^SigCgt:\s*([\da-f]+)/m.exec(read(pid, 'status'))?.[1] ?? '0';
  return (BigInt(`0x${caught}`) & (1n << (sigint - 1n))) !== 0n;
}

/** A file of `/proc/PID`, empty when the process has ended. */
function read(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}
