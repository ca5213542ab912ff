import nodeUtil from 'node:util';

/** tfjs-node 4.22 calls two functions that Node 23 removed from its util module. */
export function restoreRemovedFunctions(): void {
  const util: Record<string, unknown> = nodeUtil as object as Record<string, unknown>;
  util.isNullOrUndefined ??= (value: unknown) => value == null;
  util.isArray ??= Array.isArray;
}
