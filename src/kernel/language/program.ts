import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { specifiers, Stand } from './stand.js';

/** The folder of Roarbook's own package: where packages are found that the notebook's folder does not have. */
export const packageRoot = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** Comments cost a sixth of the time and a tenth of the memory of the library's types: see comments.ts. */
const jsDocParsingMode = ts.JSDocParsingMode.ParseNone;

/** The compiler's view of a session: a few files that exist only in memory, beside the real ones. */
export class VirtualProgram {
  readonly service: ts.LanguageService;
  private readonly virtual = new Map<string, { text: string; version: number; kind: ts.ScriptKind }>();
  private readonly real = new Map<string, { snapshot: ts.IScriptSnapshot; version: string }>();
  private changes = 0;
  private stand: { stand: Stand; changes: number } | undefined;
  private readonly options: ts.CompilerOptions;
  private readonly resolution: ts.ModuleResolutionHost = {
    ...ts.sys,
    fileExists: (path) => this.virtual.has(path) || ts.sys.fileExists(path),
    readFile: (path) => this.virtual.get(path)?.text ?? ts.sys.readFile(path),
  };
  /** Where the files of packages find what they import. */
  private readonly resolved: ts.ModuleResolutionCache;

  constructor(
    readonly cwd: string,
    private readonly root: string,
  ) {
    this.options = compilerOptions(cwd);
    this.resolved = ts.createModuleResolutionCache(cwd, (path) => path, this.options);
    const registry = ts.createDocumentRegistry(true, cwd, jsDocParsingMode);
    this.service = ts.createLanguageService(this.host(), registry);
  }

  /** Creates or replaces a file in memory. */
  write(path: string, text: string, kind: ts.ScriptKind): void {
    const old = this.virtual.get(path);
    if (old?.text === text && old.kind === kind) return;
    this.virtual.set(path, { text, version: (old?.version ?? 0) + 1, kind });
    this.changes++;
  }

  /** Keeps a placed text under a name of its own, so that later texts can import it. */
  keep(path: string, placed: ts.SourceFile, kind: ts.ScriptKind): void {
    this.virtual.set(path, { text: placed.text, version: 1, kind });
    this.stand?.stand.keep(`./${basename(path)}`, placed);
  }

  /** Looks again at the files of the user's project; those of packages count as fixed. */
  refresh(): void {
    for (const [path, { version }] of this.real)
      if (!path.includes('/node_modules/') && modified(path) !== version) {
        this.real.delete(path);
        this.changes++;
      }
  }

  /** Forgets that modules were not found: they may have been installed since. */
  retryResolution(): void {
    this.resolved.clear();
    this.changes++;
  }

  /** The root file with this text, bound and ready to be checked; its name serves for questions to the service. */
  place(text: string, kind: ts.ScriptKind): ts.SourceFile {
    const quick = this.stand?.changes === this.changes ? this.stand.stand.put(text, kind) : undefined;
    if (quick) return quick;
    this.write(this.root, text, kind);
    const program = this.program();
    const file = program.getSourceFile(this.root);
    if (!file) throw new Error(`place: the program lost ${this.root}`);
    this.stand = { stand: new Stand(program, file), changes: this.changes };
    return file;
  }

  /** The user's files that a file imports, and what those import; packages are left out. */
  localFiles(from: ts.SourceFile): ts.SourceFile[] {
    const program = this.program();
    const found = new Set<ts.SourceFile>();
    const visit = (file: ts.SourceFile, path: string): void => {
      for (const specifier of specifiers(file)) {
        const name =
          /^[./]/.test(specifier) && this.resolve(specifier, path).resolvedModule?.resolvedFileName;
        const next = name ? program.getSourceFile(name) : undefined;
        if (!next || found.has(next) || name === this.root) continue;
        if (next.isDeclarationFile || !/\.[mc]?tsx?$/.test(next.fileName)) continue;
        found.add(next);
        visit(next, next.fileName);
      }
    };
    visit(from, this.root);
    return [...found];
  }

  program(): ts.Program {
    const program = this.service.getProgram();
    if (!program) throw new Error('program: the language service is closed');
    return program;
  }

  private host(): ts.LanguageServiceHost {
    const { fileExists, readFile } = this.resolution;
    return {
      jsDocParsingMode,
      getCompilationSettings: () => this.options,
      getScriptFileNames: () => [this.root],
      getProjectVersion: () => String(this.changes),
      getScriptVersion: (path) =>
        this.virtual.get(path)?.version.toString() ?? this.file(path)?.version ?? '',
      getScriptSnapshot: (path) => {
        const file = this.virtual.get(path);
        return file ? ts.ScriptSnapshot.fromString(file.text) : this.file(path)?.snapshot;
      },
      getScriptKind: (path) => this.virtual.get(path)?.kind ?? ts.ScriptKind.Unknown,
      getCurrentDirectory: () => this.cwd,
      getDefaultLibFileName: ts.getDefaultLibFilePath,
      fileExists,
      readFile,
      readDirectory: (...args) => ts.sys.readDirectory(...args),
      directoryExists: (path) => ts.sys.directoryExists(path),
      getDirectories: (path) => ts.sys.getDirectories(path),
      realpath: (path) => ts.sys.realpath?.(path) ?? path,
      useCaseSensitiveFileNames: () => true,
      resolveModuleNameLiterals: (literals, containing) =>
        literals.map(({ text }) => this.resolve(text, containing)),
    };
  }

  private file(path: string) {
    let file = this.real.get(path);
    if (file) return file;
    const text = ts.sys.readFile(path);
    if (text === undefined) return undefined;
    file = { snapshot: ts.ScriptSnapshot.fromString(text), version: modified(path) };
    this.real.set(path, file);
    return file;
  }

  /** As usual from the importing file; what the notebook's folder does not have may come with Roarbook. */
  private resolve(name: string, containing: string): ts.ResolvedModuleWithFailedLookupLocations {
    const host = this.resolution;
    // Packages count as fixed; beside the user's files others may come and go at any time.
    const cache = containing.includes('/node_modules/') ? this.resolved : undefined;
    const found = ts.resolveModuleName(name, containing, this.options, host, cache);
    if (found.resolvedModule || /^[./]/.test(name)) return found;
    return ts.resolveModuleName(name, join(packageRoot, 'index.ts'), this.options, host, cache);
  }
}

function modified(path: string): string {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs.toString() ?? 'gone';
}

function compilerOptions(cwd: string): ts.CompilerOptions {
  return {
    target: ts.ScriptTarget.ES2022,
    lib: [
      'lib.es2023.d.ts',
      'lib.esnext.disposable.d.ts',
      'lib.esnext.decorators.d.ts',
      'lib.decorators.d.ts',
    ],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    allowImportingTsExtensions: true,
    resolveJsonModule: true,
    esModuleInterop: true,
    allowJs: true,
    skipLibCheck: true,
    noEmit: true,
    jsx: ts.JsxEmit.React,
    types: ['node'],
    typeRoots: typeRoots(cwd),
  };
}

/** Folders with @types: the notebook's and its parents', then Roarbook's own, for Node's types. */
function typeRoots(cwd: string): string[] {
  const roots: string[] = [];
  for (let folder = cwd; ; folder = dirname(folder)) {
    const types = join(folder, 'node_modules', '@types');
    if (existsSync(types)) roots.push(types);
    if (folder === dirname(folder)) break;
  }
  const node = createRequire(import.meta.url).resolve('@types/node/package.json');
  return [...roots, dirname(dirname(node))];
}
