/** What this process has used so far that decides its results: a notebook's provenance is made of it. */
const used = new Map<string, Map<string, unknown>>();

/**
 * Notes that something was used.
 *
 * @param topic - 'profiles', 'datasets', …
 * @param key - The same key is noted once.
 * @param value - Plain JSON.
 */
export function noteUse(topic: string, key: string, value: unknown): void {
  const topics = used.get(topic) ?? new Map<string, unknown>();
  used.set(topic, topics.set(key, value));
}

/** What was noted under a topic, in the order of its first use. */
export function usedSoFar(topic: string): unknown[] {
  return [...(used.get(topic)?.values() ?? [])];
}
