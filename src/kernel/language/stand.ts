import ts from 'typescript';

/** Parts of a program and a source file that are not in TypeScript's public types. */
interface ProgramParts {
  getSourceFile(name: string): ts.SourceFile | undefined;
  getResolvedModule(file: ts.SourceFile, name: string, mode: unknown): unknown;
}
interface FileParts {
  path: string;
  resolvedPath: string;
  originalFileName: string;
  version: string;
  imports: readonly ts.StringLiteralLike[];
  moduleAugmentations: readonly unknown[];
  ambientModuleNames: readonly string[];
}

/** After this many texts a new program is due: the checker keeps what it learnt of each. */
export const longest = 300;

/** Whether a text asks for what only a new program gives: files that comments name, additions to other modules. */
export function needsProgram(text: string): boolean {
  return /\bdeclare\s+(global|module)\b|^\s*\/\/\//m.test(text);
}

/**
 * Lets other texts stand in the place of one file of a finished program.
 *
 * A new program for every cell costs 3 ms, and 10-40 ms once tfjs's types are in it, most of it for looking at a thousand
 * files that have not changed and for warming up a new checker. A text that imports nothing new can be bound on its own
 * and be checked by the checker that is there: only its imports must resolve as those of the file that it stands for.
 */
export class Stand {
  private current: ts.SourceFile | undefined;
  /** Texts that stay, by the specifier under which later ones import them. */
  private readonly kept = new Map<string, ts.SourceFile>();
  private readonly names = new Map<string, ts.SourceFile>();
  private readonly known: ReadonlySet<string>;
  /** Modules that need no file, such as `node:fs`: the types of Node, which are there, declare them. */
  private readonly ambient: ReadonlySet<string>;
  private texts = 0;

  constructor(
    private readonly program: ts.Program,
    private readonly file: ts.SourceFile,
  ) {
    this.known = new Set(specifiers(file));
    const ambient = program.getTypeChecker().getAmbientModules();
    this.ambient = new Set(ambient.map(({ name }) => name.slice(1, -1)));
    // The checker and the language service reach both methods through the program object.
    const parts = program as ts.Program & ProgramParts;
    const { getSourceFile, getResolvedModule } = parts;
    parts.getSourceFile = (name) =>
      name === this.current?.fileName ? this.current : (this.names.get(name) ?? getSourceFile(name));
    parts.getResolvedModule = (from, name, mode) => {
      const kept = this.kept.get(name);
      if (kept) return { resolvedModule: { resolvedFileName: kept.fileName, extension: '.ts' } };
      const inPlace = from === this.current || this.names.has(from.fileName);
      return getResolvedModule(inPlace ? this.file : from, name, mode);
    };
  }

  /** Makes a text that `put` took importable for later ones. */
  keep(specifier: string, file: ts.SourceFile): void {
    this.kept.set(specifier, file);
    this.names.set(file.fileName, file);
  }

  /** Puts a text in the file's place; undefined where only a new program will do. */
  put(text: string, kind: ts.ScriptKind): ts.SourceFile | undefined {
    if (++this.texts > longest || needsProgram(text)) return undefined;
    const name = this.file.fileName.replace(/\.ts$/, `.${this.texts}.ts`);
    const file = ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true, kind);
    const fresh = (specifier: string) => !this.ambient.has(specifier) && !this.kept.has(specifier);
    if (specifiers(file).some((specifier) => !this.known.has(specifier) && fresh(specifier)))
      return undefined;
    const { imports } = this.file as ts.SourceFile & FileParts;
    bind(file, this.program, { path: name, version: String(this.texts), imports });
    this.current = file;
    return file;
  }
}

/** Gives a parsed file what a program and its checker expect of their files. */
export function bind(
  file: ts.SourceFile,
  program: ts.Program,
  { path, version, imports }: Pick<FileParts, 'path' | 'version' | 'imports'>,
): void {
  const parts: FileParts = {
    path,
    resolvedPath: path,
    originalFileName: path,
    version,
    imports,
    moduleAugmentations: [],
    ambientModuleNames: [],
  };
  Object.assign(file, parts);
  const { bindSourceFile } = ts as typeof ts & {
    bindSourceFile(file: ts.SourceFile, options: ts.CompilerOptions): void;
  };
  bindSourceFile(file, program.getCompilerOptions());
}

/** Every module that a file names: in imports, exports, `import()` and import types. */
export function specifiers(file: ts.SourceFile): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
      if (ts.isStringLiteral(node.moduleSpecifier)) found.push(node.moduleSpecifier.text);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [first] = node.arguments;
      if (first && ts.isStringLiteralLike(first)) found.push(first.text);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      if (ts.isStringLiteral(node.argument.literal)) found.push(node.argument.literal.text);
    } else if (ts.isExternalModuleReference(node) && ts.isStringLiteral(node.expression))
      found.push(node.expression.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}
