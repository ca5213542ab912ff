import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import vm from 'node:vm';
import { format, encodeBundle } from '../../display/format.js';
import type { MimeBundle } from '../../display/host.js';
import { metadataOf } from '../../display/metadata.js';
import type { Modules, Namespace } from './modules.js';
import type { Outcome } from './protocol.js';
import { addSourceMap } from './stack.js';
import type { Stop } from './stop.js';
import { watchTraining } from './training.js';

/** What a cell is made of, as the language worker compiled it. */
export interface CompiledCell {
  readonly count: number;
  readonly js: string;
  readonly map: string;
  /** Imported names that are only types. */
  readonly types: readonly string[];
  /** False for plain JavaScript, where assigning an unknown name makes a global. */
  readonly strict: boolean;
}

const slot = Symbol.for('roarbook.cell');
const globals = globalThis as Record<symbol, unknown>;
const opening = `(async function (__scope, __cell, __began) { `;

/** The variables of the session, and what the compiled code of cells calls (`__cell`, see language/rewrite.ts). */
export class Cells {
  readonly scope: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  private runs = 0;

  constructor(
    private readonly modules: Modules,
    private readonly stop: Stop,
  ) {}

  /** A cell's runtime, which tells how far the cell has come. */
  prepare(cell: CompiledCell): CellRuntime {
    return new CellRuntime(this.scope, cell, this.modules, this.stop);
  }

  /** Runs a cell to its end. Force may end it: then the promise never settles. */
  async run({ count, js, map, strict }: CompiledCell, runtime: CellRuntime): Promise<Outcome> {
    const filename = `In[${count}]#${++this.runs}`;
    addSourceMap(filename, map, js.split('\n').length + 1);
    try {
      const prefix = strict ? `${opening}"use strict"; ` : opening;
      const script = new vm.Script(`${prefix}${js}\n})(...globalThis[Symbol.for('roarbook.cell')])`, {
        filename,
        columnOffset: -prefix.length,
        importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
      });
      globals[slot] = [this.scope, runtime, this.stop.moment()];
      await (script.runInThisContext({ displayErrors: false }) as Promise<void>);
      runtime.at = Infinity;
      if (runtime.result === undefined) return { status: 'ok' };
      const { result, metadata } = await formatted(runtime.result);
      return Object.keys(result).length > 0 ? { status: 'ok', result, metadata } : { status: 'ok' };
    } catch (error) {
      return failure(error);
    }
  }
}

/** A result in all its formats; one that cannot be formatted must not fail the cell. */
async function formatted(value: unknown) {
  try {
    const bundle = await format(value);
    const [result, metadata] = [encodeBundle(bundle), metadataOf(bundle)];
    JSON.stringify([result, metadata]);
    return { result, metadata };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { result: { 'text/plain': `(cannot be shown: ${reason})` }, metadata: {} };
  }
}

/** So many errors of an AggregateError are shown. */
const mostErrors = 5;

/** An error as a notebook shows it; one whose own code fails must not keep the cell from ending. */
export function failure(error: unknown): Outcome {
  try {
    return described(error);
  } catch {
    const text = 'an error that cannot be shown: reading it throws';
    return { status: 'error', ename: 'Thrown', evalue: text, traceback: [`Thrown: ${text}`] };
  }
}

function described(error: unknown): Outcome {
  if (!(error instanceof Error)) {
    const text = typeof error === 'string' ? error : String((format(error) as MimeBundle)['text/plain']);
    return { status: 'error', ename: 'Thrown', evalue: text, traceback: [`Thrown: ${text}`] };
  }
  const traceback = String(error.stack ?? error).split('\n');
  for (let cause = error.cause, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++)
    traceback.push(...`Caused by: ${cause.stack ?? String(cause)}`.split('\n'));
  if (error instanceof AggregateError)
    for (const each of error.errors.slice(0, mostErrors)) {
      const stack = each instanceof Error ? (each.stack ?? String(each)) : String(each);
      traceback.push(...`One of its errors: ${stack}`.split('\n'));
    }
  return { status: 'error', ename: String(error.name), evalue: String(error.message), traceback };
}

/** `__cell` in the code of one cell. */
export class CellRuntime {
  /** Index of the first statement that has not run. */
  at = 0;
  result: unknown = undefined;
  readonly tick: Stop['tick'];
  readonly moment: Stop['moment'];
  readonly resumed: Stop['resumed'];
  readonly guard: Stop['guard'];
  /** `import.meta`. */
  readonly meta: object;

  constructor(
    private readonly scope: Record<string, unknown>,
    private readonly cell: CompiledCell,
    private readonly modules: Modules,
    stop: Stop,
  ) {
    this.tick = stop.tick;
    this.moment = stop.moment;
    this.resumed = stop.resumed;
    this.guard = stop.guard;
    const filename = join(modules.folder, `In[${cell.count}].ts`);
    this.meta = {
      url: pathToFileURL(filename).href,
      filename,
      dirname: modules.folder,
      resolve: (specifier: string) => modules.resolve(specifier),
    };
  }

  /** `import()`. */
  async import(specifier: unknown): Promise<Namespace> {
    const namespace = await this.modules.load(String(specifier));
    watchTraining(namespace);
    return namespace;
  }

  /** An import declaration: puts the named exports into the scope. */
  async load(specifier: string, pairs: readonly (readonly [string, string])[]): Promise<void> {
    const namespace = await this.import(specifier);
    for (const [imported, local] of pairs) {
      if (imported === '*') this.scope[local] = namespace;
      else if (imported in namespace) this.scope[local] = namespace[imported];
      else if (!this.cell.types.includes(local))
        throw new SyntaxError(`The module '${specifier}' does not provide an export named '${imported}'`);
    }
  }
}
