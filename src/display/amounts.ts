/** Seconds as people say them: '8 s', '4.6 min', '1.5 h', '4 days'. */
export function duration(seconds: number): string {
  if (seconds < 0.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 90 * 60) return `${digits(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${digits(seconds / 3600)} h`;
  return `${digits(seconds / 86_400)} days`;
}

/** Bytes as people say them: '12 kB', '1.2 GB'. */
export function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${power === 0 ? bytes : digits(bytes / 1000 ** power)} ${units[power]}`;
}

/** One decimal below ten, none above. */
function digits(value: number): string {
  return value < 9.95 ? value.toFixed(1) : Math.round(value).toLocaleString('en');
}

/** How many there are, in the right number: '1 task', '1,204 tasks'. */
export function counted(count: number, name: string): string {
  return `${count.toLocaleString('en')} ${name}${count === 1 ? '' : 's'}`;
}
