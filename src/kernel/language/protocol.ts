/** What the language worker is asked; every request gets one answer. */
export type LanguageRequest =
  | { op: 'convert'; code: string; count: number; check: boolean }
  | { op: 'commit'; count: number; reached: number }
  | { op: 'complete'; code: string; cursor: number }
  | { op: 'inspect'; code: string; cursor: number; detail: number }
  | { op: 'isComplete'; code: string }
  | { op: 'module'; path: string }
  | { op: 'reset' };

/** A cell as the execution process runs it, or what stands against it. */
export type Converted =
  | { ok: true; js: string; map: string; types: string[]; strict: boolean }
  | { ok: false; diagnostics: CellDiagnostic[] };

/** One complaint of the compiler, in the cell or in a local module that it imports. */
export interface CellDiagnostic {
  /** Path relative to the notebook, for a local module; undefined for the cell itself. */
  file?: string;
  /** From 0, in the cell as the user wrote it. */
  line: number;
  character: number;
  /** How many characters the complaint is about, on its first line. */
  length: number;
  code: number;
  message: string;
  /** Text of the line. */
  source: string;
}

export interface Completion {
  matches: string[];
  /** TypeScript's kind of each match: function, const, property … */
  kinds: string[];
  /** UTF-16 offsets of what the match replaces. */
  start: number;
  end: number;
}

export interface Inspection {
  plain: string;
  markdown: string;
}

export type Completeness = { status: 'complete' | 'invalid' } | { status: 'incomplete'; indent: string };

/** A local module as an ECMAScript module, or why it cannot be one. */
export type ModuleSource = { ok: true; js: string; map: string } | { ok: false; message: string };

/** Answers by request. */
export interface LanguageAnswers {
  convert: Converted;
  commit: null;
  complete: Completion;
  inspect: Inspection | null;
  isComplete: Completeness;
  module: ModuleSource;
  reset: null;
}
