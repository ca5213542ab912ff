import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** What computing a result took. It lies apart from results, whose bytes it would change. */
export interface TakenTime {
  readonly label: string;
  readonly kind: string;
  readonly seconds: number;
}

/** Keeps what a result took when it was computed. */
export function noteTime(store: string, key: string, { seconds, ...what }: TakenTime): void {
  mkdirSync(path.join(store, 'times'), { recursive: true });
  const note: TakenTime = { ...what, seconds: Number(seconds.toFixed(3)) };
  writeFileSync(fileOf(store, key), `${JSON.stringify(note)}\n`);
}

/** The seconds that the first of these results with a known time took. */
export function timeOf(store: string, keys: readonly string[]): number | undefined {
  const file = keys.map((key) => fileOf(store, key)).find((name) => existsSync(name));
  if (file === undefined) return undefined;
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as TakenTime).seconds;
  } catch {
    // A process that was killed while it wrote leaves half a note: nothing but this number is lost.
    return undefined;
  }
}

function fileOf(store: string, key: string): string {
  return path.join(store, 'times', `${key}.json`);
}
