import { join } from 'node:path';
import ts from 'typescript';
import { assignedNames, declarationsOf, exportedNames, type Declaration } from './declarations.js';
import { cellDiagnostics } from './diagnostics.js';
import { emitCell, emitModule } from './emit.js';
import { mentioned } from './scopes.js';
import { parse, withoutMagic } from './syntax.js';
import { VirtualProgram } from './program.js';
import type { Converted, ModuleSource } from './protocol.js';

/** A name of the session as later cells see it. */
interface Entry extends Declaration {
  /** The cell's file that types it; undefined if `type` says it all. */
  readonly file?: string;
  readonly type?: string;
}

interface Pending {
  readonly declarations: readonly Declaration[];
  readonly types: ReadonlyMap<string, string>;
  readonly placed: ts.SourceFile | undefined;
  readonly kind: ts.ScriptKind;
}

/** A cell's text as the compiler reads it: the names of earlier cells, then the code. */
export interface Placed {
  readonly text: string;
  /** Where the code begins. */
  readonly offset: number;
}

/**
 * The compiler's side of a session: which names the cells have declared, and with which types. Each cell is checked as
 * a module that finds the earlier cells' names through imports, so types need no rewriting and a redeclared name simply
 * comes from the later cell.
 */
export class Session {
  readonly program: VirtualProgram;
  readonly cellPath: string;
  private readonly entries = new Map<string, Entry>();
  private readonly pending = new Map<number, Pending>();

  constructor(readonly cwd: string) {
    this.cellPath = join(cwd, '__cell__.ts');
    this.program = new VirtualProgram(cwd, this.cellPath);
    this.program.write(this.cellPath, 'export {};\n', ts.ScriptKind.TS);
  }

  /** Checks a cell and compiles it; its names count for later cells once `commit` says how far it ran. */
  convert(source: string, count: number, check: boolean): Converted {
    const { code, javascript } = withoutMagic(source);
    const { file, kind } = parse(code, javascript);
    const made = javascript ? assignedNames(file).filter(({ name }) => !this.entries.has(name)) : [];
    const declarations = [...declarationsOf(file), ...made];
    const own = new Set(declarations.map(({ name }) => name));
    const { text, offset } = this.place(code, own, mentioned(file));
    const exported = exportedNames(file);
    const suffix = `\nexport {${[...own].filter((name) => !exported.has(name)).join(', ')}};`;
    this.program.refresh();
    const unchecked = javascript || !check || /^\s*(\/\/|\/\*)\s*@ts-nocheck\b/m.test(code);
    const placed = javascript ? undefined : this.program.place(text + suffix, kind);
    const found = cellDiagnostics(this, { code, offset, placed, unchecked, parsed: file });
    if (found.length > 0) return { ok: false, diagnostics: found };
    const symbols = placed ? this.symbols(placed) : new Map<string, ts.Symbol>();
    const types = this.typeOnly(declarations, symbols);
    const values = [...this.entries.keys(), ...own].filter((name) => !types.includes(name));
    this.pending.set(count, {
      declarations,
      types: javascript ? anyTypes(declarations) : this.simpleTypes(declarations, symbols),
      placed,
      kind,
    });
    return {
      ok: true,
      ...emitCell(code, { names: new Set(values), scriptKind: kind }),
      types,
      strict: !javascript,
    };
  }

  /** Makes a converted cell's names visible, those of the statements below `reached`. */
  commit(count: number, reached: number): void {
    const cell = this.pending.get(count);
    this.pending.clear();
    if (!cell) return;
    const path = join(this.cwd, `__cell_${count}__.ts`);
    let stored = false;
    for (const declaration of cell.declarations) {
      if (declaration.statement >= reached) continue;
      const { name, kind } = declaration;
      const type = cell.types.get(name);
      if (type !== undefined || kind === 'import')
        this.entries.set(name, { ...declaration, ...(type !== undefined && { type }) });
      else {
        this.entries.set(name, { ...declaration, file: path });
        stored = true;
      }
    }
    if (stored && cell.placed) this.program.keep(path, cell.placed, cell.kind);
  }

  /** Puts the names that a text mentions in front of it (all names without `mentions`, for completions). */
  place(code: string, own: ReadonlySet<string>, mentions?: ReadonlySet<string>): Placed {
    const lines = [...(code.match(/\/\*\*?\s*@jsx[^*]*\*\//g) ?? []), 'export {};'];
    const files = new Set<string>();
    for (const entry of this.entries.values()) {
      if (entry.file) files.add(entry.file);
      if (!entry.clause) continue;
      // An import that a later declaration hides stays as a bare one: equal lists of imports let the compiler reuse its work.
      const { from, binding } = entry.clause;
      lines.push(own.has(entry.name) ? `import ${from};` : `import ${binding} from ${from};`);
    }
    for (const file of files)
      lines.push(`import * as ${alias(file)} from ${JSON.stringify(relative(file))};`);
    for (const entry of this.entries.values())
      if (!entry.clause && !own.has(entry.name) && (!mentions || mentions.has(entry.name)))
        lines.push(visible(entry));
    const prefix = lines.join('\n') + '\n';
    return { text: prefix + code, offset: prefix.length };
  }

  /** The names that the cells have declared. */
  names(): readonly Declaration[] {
    return [...this.entries.values()];
  }

  /** Compiles a local module for the execution process. */
  module(path: string): ModuleSource {
    const source = ts.sys.readFile(path);
    if (source === undefined) return { ok: false, message: `Cannot read ${path}` };
    return { ok: true, ...emitModule(source, path) };
  }

  /** Declared names that are only types: the runtime has nothing for them. */
  private typeOnly(declarations: readonly Declaration[], symbols: ReadonlyMap<string, ts.Symbol>): string[] {
    const only = ({ name }: Declaration) => {
      const symbol = symbols.get(name);
      // An import that leads nowhere may still be a value: unchecked cells import what has no types.
      return (
        symbol !== undefined &&
        (symbol.flags & ts.SymbolFlags.Type) !== 0 &&
        !(symbol.flags & ts.SymbolFlags.Value)
      );
    };
    return declarations.filter(only).map(({ name }) => name);
  }

  /** Types that can be written down as such, so that a chain of cells is not inferred again from its beginning. */
  private simpleTypes(declarations: readonly Declaration[], symbols: ReadonlyMap<string, ts.Symbol>) {
    const checker = this.program.program().getTypeChecker();
    const simple = new Map<string, string>();
    for (const { name, kind } of declarations) {
      const symbol = symbols.get(name);
      const node = symbol?.valueDeclaration;
      if (kind === 'alias' || kind === 'import' || !symbol || !node) continue;
      const type = checker.getTypeOfSymbolAtLocation(symbol, node);
      const text = checker.typeToString(type, undefined, plainFormat);
      if (simpleType.test(text)) simple.set(name, text);
    }
    return simple;
  }

  /** What the file's exports stand for, by name. */
  private symbols(file: ts.SourceFile): Map<string, ts.Symbol> {
    const checker = this.program.program().getTypeChecker();
    const module = checker.getSymbolAtLocation(file);
    const exported = module ? checker.getExportsOfModule(module) : [];
    return new Map(
      exported.map((symbol) => [
        symbol.name,
        symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol,
      ]),
    );
  }
}

const plainFormat = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.InTypeAlias;
const simpleType =
  /^(?:(?:number|string|boolean|bigint|any|undefined|null|void|unknown|-?\d+(?:\.\d+)?|true|false|"[^"\\]*")(?:\[\])*(?: \| )?)+$/;

function anyTypes(declarations: readonly Declaration[]): Map<string, string> {
  return new Map(declarations.filter(({ kind }) => kind !== 'import').map(({ name }) => [name, 'any']));
}

function visible({ name, kind, type, file, comment = '' }: Entry): string {
  const keyword = `${comment} declare ${kind === 'constant' ? 'const' : 'let'}`.trimStart();
  if (type !== undefined) return `${keyword} ${name}: ${type};`;
  if (kind === 'alias') return `import ${name} = ${alias(file ?? '')}.${name};`;
  return `${keyword} ${name}: typeof ${alias(file ?? '')}.${name};`;
}

function alias(file: string): string {
  return `__names_${/(\d+)__\.ts$/.exec(file)?.[1] ?? ''}`;
}

function relative(file: string): string {
  return `./${file.slice(file.lastIndexOf('/') + 1)}`;
}
