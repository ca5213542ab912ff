import type { Content } from './wire.js';

/** Reads fields of a request's content; a missing or wrong one counts as its default, never as an error. */
export class Fields {
  constructor(private readonly content: Content) {}

  text(name: string, fallback = ''): string {
    const value = this.content[name];
    return typeof value === 'string' ? value : fallback;
  }

  number(name: string, fallback: number): number {
    const value = this.content[name];
    return typeof value === 'number' && Number.isFinite(value) ? value : fallback;
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.content[name];
    return typeof value === 'boolean' ? value : fallback;
  }

  texts(name: string): Record<string, string> {
    const value = this.content[name];
    if (typeof value !== 'object' || value === null) return {};
    return Object.fromEntries(
      Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
    );
  }

  raw(name: string): unknown {
    return this.content[name];
  }
}

/** The protocol counts Unicode characters, JavaScript UTF-16 units. */
export function utf16Offset(text: string, characters: number): number {
  let offset = 0;
  for (let i = 0; i < characters && offset < text.length; i++)
    offset += (text.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1;
  return offset;
}

export function characterOffset(text: string, utf16: number): number {
  return Array.from(text.slice(0, utf16)).length;
}
