import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import vm from 'node:vm';
import { addSourceMap } from './stack.js';

/** Compiles a local TypeScript module. */
export type Compile = (path: string) => Promise<{ js: string; map: string }>;

/** A module's exports by name. */
export type Namespace = Record<string, unknown>;

const packageRoot = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const extensions = [
  '',
  '.ts',
  '.tsx',
  '.mts',
  '.cts',
  '.js',
  '.mjs',
  '.cjs',
  '.json',
  '/index.ts',
  '/index.js',
];

interface Local {
  readonly module: vm.SourceTextModule;
  /** Own and imported modules' times: when it differs, the module is read again. */
  readonly stamp: string;
  readonly imports: readonly string[];
  readonly modified: number;
}

/**
 * Finds and loads what cells import: packages from the notebook's folder upwards, else those that come with Roarbook;
 * CommonJS and ECMAScript modules alike; local TypeScript, read again when it or what it imports has changed.
 */
export class Modules {
  private readonly locals = new Map<string, Local>();
  private readonly require: NodeJS.Require;
  private pending = 0;

  constructor(
    readonly folder: string,
    private readonly compile: Compile,
  ) {
    this.require = createRequire(join(folder, 'notebook.js'));
  }

  /** Whether packages are being loaded: one that is cut in the middle can never be loaded again. */
  get loading(): boolean {
    return this.pending > 0;
  }

  /** Loads packages one after the other before the cell that imports them runs; their errors are met there. */
  async prefetch(packages: readonly string[]): Promise<void> {
    try {
      for (const specifier of packages) await this.load(specifier);
    } catch {
      // The cell's own import fails in the same way, and says so.
    }
  }

  async load(specifier: string, from = this.folder): Promise<Namespace> {
    const path = localPath(specifier, from);
    if (path === undefined) return this.loadPackage(specifier, from);
    if (/\.[mc]?tsx?$/.test(path)) return this.loadLocal(path);
    if (path.endsWith('.json')) return jsonNamespace(path);
    return this.loadFile(pathToFileURL(path).href, path);
  }

  /** URL of what a specifier names. */
  resolve(specifier: string, from = this.folder): string {
    const path = localPath(specifier, from);
    return path === undefined ? resolvePackage(specifier, from) : pathToFileURL(path).href;
  }

  private async loadPackage(specifier: string, from: string): Promise<Namespace> {
    if (isBuiltin(specifier)) return (await import(specifier)) as Namespace;
    const url = resolvePackage(specifier, from);
    if (url.startsWith('file:') && url.endsWith('.json')) return jsonNamespace(fileURLToPath(url));
    this.pending++;
    try {
      return await this.loadFile(url, url.startsWith('file:') ? fileURLToPath(url) : '');
    } finally {
      this.pending--;
    }
  }

  private async loadFile(url: string, path: string): Promise<Namespace> {
    const namespace = (await import(url)) as Namespace;
    const cached = path === '' ? undefined : this.require.cache[path];
    return cached ? commonNamespace(cached.exports) : namespace;
  }

  private async loadLocal(path: string): Promise<Namespace> {
    const { module } = await this.local(path, new Map());
    if (module.status === 'unlinked') await module.link((specifier, parent) => this.link(specifier, parent));
    await module.evaluate();
    return module.namespace as Namespace;
  }

  private async link(specifier: string, parent: vm.Module): Promise<vm.Module> {
    const path = localPath(specifier, dirname(parent.identifier));
    if (path !== undefined && /\.[mc]?tsx?$/.test(path)) return (await this.local(path, new Map())).module;
    const namespace = await this.load(specifier, dirname(parent.identifier));
    const names = [...new Set([...Object.keys(namespace), 'default'])];
    return new vm.SyntheticModule(names, function () {
      for (const name of names) this.setExport(name, namespace[name]);
    });
  }

  /** The module at a path, the one that was loaded before if nothing below it has changed. */
  private async local(path: string, visiting: Map<string, string>): Promise<Local> {
    const known = this.locals.get(path);
    if (known && this.stamp(path, new Set()) === known.stamp) return known;
    visiting.set(path, '');
    const { js, map } = await this.compile(path);
    const identifier = path;
    addSourceMap(identifier, map);
    const module = new vm.SourceTextModule(js, {
      identifier,
      initializeImportMeta: (meta) => {
        meta.url = pathToFileURL(path).href;
        meta.filename = path;
        meta.dirname = dirname(path);
      },
      importModuleDynamically: async (specifier: string) => {
        const namespace = await this.load(specifier, dirname(path));
        // Node takes a namespace too; its types name only vm.Module.
        return namespace as object as vm.Module;
      },
    });
    const imports = module.dependencySpecifiers
      .map((specifier) => localPath(specifier, dirname(path)))
      .filter((found): found is string => found !== undefined);
    const local = { module, imports, modified: modified(path), stamp: '' };
    this.locals.set(path, local);
    for (const child of imports)
      if (!visiting.has(child) && /\.[mc]?tsx?$/.test(child)) await this.local(child, visiting);
    const stamped = { ...local, stamp: this.stamp(path, new Set()) };
    this.locals.set(path, stamped);
    return stamped;
  }

  private stamp(path: string, seen: Set<string>): string {
    if (seen.has(path)) return '';
    seen.add(path);
    const imports = this.locals.get(path)?.imports ?? [];
    return [`${path}@${modified(path)}`, ...imports.map((child) => this.stamp(child, seen))].join(';');
  }
}

function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** The file that a relative or absolute specifier names, undefined for a package. */
function localPath(specifier: string, from: string): string | undefined {
  if (specifier.startsWith('file:')) return fileURLToPath(specifier);
  if (!/^(\.{0,2}\/|\.{1,2}$)/.test(specifier)) return undefined;
  const path = resolve(from, specifier);
  for (const candidate of extensions.map((extension) => path + extension))
    if (isFile(candidate)) return candidate;
  // TypeScript lets `./a.js` stand for `./a.ts`.
  const source = path.replace(/\.([mc]?)js$/, '.$1ts');
  if (extname(path) !== '' && isFile(source)) return source;
  const error = new Error(`Cannot find module '${specifier}' from ${from}`);
  throw Object.assign(error, { code: 'ERR_MODULE_NOT_FOUND' });
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

function resolvePackage(specifier: string, from: string): string {
  try {
    return import.meta.resolve(specifier, pathToFileURL(join(from, 'notebook.mjs')).href);
  } catch (error) {
    try {
      return import.meta.resolve(specifier, pathToFileURL(join(packageRoot, 'index.js')).href);
    } catch {
      throw error;
    }
  }
}

function jsonNamespace(path: string): Namespace {
  const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
  return { ...(typeof value === 'object' ? value : {}), default: value };
}

/** A CommonJS module as `import` sees it in TypeScript: `default` is the module itself unless it was compiled from ESM. */
function commonNamespace(exports: unknown): Namespace {
  if (typeof exports !== 'object' && typeof exports !== 'function') return { default: exports };
  const values = exports as Namespace | null;
  if (values?.['__esModule']) return values;
  const namespace: Namespace = Object.create(null) as Namespace;
  for (const key in values)
    Object.defineProperty(namespace, key, { get: () => values[key], enumerable: true });
  return Object.defineProperty(namespace, 'default', { value: exports, enumerable: true });
}
