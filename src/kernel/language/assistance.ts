import ts from 'typescript';
import { readComments } from './comments.js';
import { declarationsOf } from './declarations.js';
import { optionsOf } from './options.js';
import type { Completeness, Completion, Inspection } from './protocol.js';
import { mentioned } from './scopes.js';
import type { Session } from './session.js';
import { parse, syntaxErrors, withoutMagic } from './syntax.js';

/** What may stand at the cursor (a UTF-16 offset), best first. */
export function complete(session: Session, source: string, cursor: number): Completion {
  const { found, offset, code, names } = candidates(session, source, cursor);
  const word = /[\w$]*$/.exec(code.slice(0, cursor))?.[0] ?? '';
  const start = cursor - word.length;
  const end = cursor + (/^[\w$]*/.exec(code.slice(cursor))?.[0].length ?? 0);
  if (!found) return { matches: [], kinds: [], start: cursor, end: cursor };
  const ranked = [...found.entries, ...names]
    .map((entry) => ({ entry, rank: rank(entry.name, word) }))
    .filter(({ entry, rank }) => rank >= 0 && !/^__(names_\d+|cell)/.test(entry.name))
    .sort(
      (a, b) =>
        a.rank - b.rank || compare(a.entry.sortText, b.entry.sortText) || compare(a.entry.name, b.entry.name),
    );
  const span =
    found.entries.find(({ replacementSpan }) => replacementSpan)?.replacementSpan ??
    (isPath(code, cursor) ? found.optionalReplacementSpan : undefined);
  return {
    matches: ranked.map(({ entry }) => entry.name),
    kinds: ranked.map(({ entry }) => entry.kind),
    start: span ? span.start - offset : start,
    end: span ? span.start + span.length - offset : end,
  };
}

type Candidate = Pick<ts.CompletionEntry, 'name' | 'kind' | 'sortText'>;

/**
 * What the compiler offers, and the session's names beside it: a session may have hundreds, and where any variable may
 * stand the compiler need not read their declarations to offer them.
 */
function candidates(session: Session, source: string, cursor: number) {
  const ask = (all: boolean) => {
    const { name, position, ...rest } = prepare(session, source, cursor, all);
    const found = session.program.service.getCompletionsAtPosition(name, position, {
      includeCompletionsWithInsertText: false,
      includeCompletionsForModuleExports: false,
    });
    return { found, ...rest };
  };
  const few = ask(false);
  if (!few.found || few.found.isMemberCompletion) return { ...few, names: [] };
  const known = new Set(few.found.entries.map(({ name }) => name));
  // Not offered where only types may stand, nor in strings.
  if (!known.has('globalThis')) return { ...ask(true), names: [] };
  const names: Candidate[] = session
    .names()
    .filter(({ name }) => !known.has(name))
    .map(({ name, kind }) => ({ name, kind: kinds[kind], sortText: '11' }));
  return { ...few, names };
}

/** TypeScript's words for the kinds of names. */
const kinds = {
  value: ts.ScriptElementKind.letElement,
  constant: ts.ScriptElementKind.constElement,
  alias: ts.ScriptElementKind.alias,
  import: ts.ScriptElementKind.alias,
};

/** Inside a string, as of an import: what is replaced may hold characters that no name has. */
function isPath(code: string, cursor: number): boolean {
  return /["'][^"'\n]*$/.test(code.slice(0, cursor));
}

function rank(name: string, word: string): number {
  if (name.startsWith(word)) return 0;
  const lower = word.toLowerCase();
  if (name.toLowerCase().startsWith(lower)) return 1;
  return name.toLowerCase().includes(lower) ? 2 : -1;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Type and documentation of what is at or before the cursor, with the options of a function; of the called function inside
 * an argument list.
 */
export function inspect(session: Session, source: string, cursor: number): Inspection | null {
  const { name, position, code, offset } = prepare(session, source, cursor);
  const { service } = session.program;
  const quick = (at: number) => {
    if (at < offset) return undefined;
    const start = at - (/[\w$]*$/.exec(code.slice(0, at - offset))?.[0].length ?? 0);
    for (const { fileName } of service.getDefinitionAtPosition(name, start) ?? []) {
      const file = session.program.program().getSourceFile(fileName);
      if (file) readComments(file);
    }
    const found = service.getQuickInfoAtPosition(name, at);
    // The compiler takes a name that nobody declared for `any`.
    const nothing = found?.kind === ts.ScriptElementKind.unknown && found.displayParts?.[0]?.text === 'any';
    return nothing ? undefined : found;
  };
  const places = [position, position - 1, beforeCall(code, cursor) + offset];
  const place = places.find(quick);
  const info = place === undefined ? undefined : quick(place);
  if (!info || place === undefined) return null;
  // A name of an earlier cell is an import to the compiler; to the user it is what it stands for.
  const signature = ts
    .displayPartsToString(info.displayParts)
    .replace(/^\(alias\) /, '')
    .replace(/\nimport [^\n]*$/, '')
    .replace(/\b__names_\d+\./g, '');
  const rest = paragraphs(info, optionsOf(session.program, name, place));
  return {
    plain: [signature, ...rest].join('\n\n'),
    markdown: [`\`\`\`typescript\n${signature}\n\`\`\``, ...rest].join('\n\n'),
  };
}

/**
 * What a docstring says: its first paragraph, where it comes from (a tooltip shows that without scrolling), the options, the
 * rest.
 */
function paragraphs({ documentation, tags = [] }: ts.QuickInfo, options: readonly string[]): string[] {
  const [first = '', ...more] = ts.displayPartsToString(documentation).split(/\n{2,}/);
  const written = tags.map(({ name, text }) => `@${name} ${ts.displayPartsToString(text)}`.trimEnd());
  const isSource = (tag: string) => tag.startsWith('@see ');
  const sources = written.filter(isSource);
  const others = written.filter((tag) => !isSource(tag));
  const list = options.length > 0 ? ['Options:', options.join('\n')] : [];
  return [first, ...sources, ...list, ...more, ...others].filter((part) => part !== '');
}

/** Offset of the last letter of the function in whose argument list the cursor is, or −1. */
function beforeCall(code: string, cursor: number): number {
  let depth = 0;
  for (let i = cursor - 1; i >= 0; i--) {
    const letter = code[i] ?? '';
    if (letter === ')' || letter === ']' || letter === '}') depth++;
    else if (letter === '(' && depth === 0) return i - 1;
    else if (letter === '(' || letter === '[' || letter === '{') depth = Math.max(0, depth - 1);
  }
  return -1;
}

function prepare(session: Session, source: string, cursor: number, all = true) {
  const { code, javascript } = withoutMagic(source);
  const shift = source.length - code.length;
  const { file, kind } = parse(code, javascript);
  const own = new Set(declarationsOf(file).map(({ name }) => name));
  const { text, offset } = session.place(code, own, all ? undefined : mentioned(file));
  const placed = session.program.place(text, kind === ts.ScriptKind.JSX ? ts.ScriptKind.TSX : kind);
  return {
    name: placed.fileName,
    code,
    offset,
    position: offset + Math.max(0, Math.min(cursor - shift, code.length)),
  };
}

/** Whether Enter should run the text or go on: a text that ends in the middle of something is incomplete. */
export function isComplete(source: string): Completeness {
  const { code, javascript } = withoutMagic(source);
  const { file } = parse(code, javascript);
  const errors = syntaxErrors(file);
  if (errors.length === 0) return { status: 'complete' };
  const end = code.trimEnd().length;
  // What follows the first complaint may only be its consequence.
  const first = errors[0];
  if (first && first.start < end && !unterminated.has(first.code)) return { status: 'invalid' };
  const line = code.slice(code.lastIndexOf('\n') + 1);
  const indent = /^\s*/.exec(line)?.[0] ?? '';
  return { status: 'incomplete', indent: /[{([]\s*$/.test(line) ? `${indent}  ` : indent };
}

/** Unterminated template and comment: they run to the end of the text wherever they begin. */
const unterminated = new Set([1160, 1010]);
