import ts from 'typescript';
import { bind, longest, needsProgram } from './stand.js';

const name = 'cell.ts';

/**
 * Compiles one text after the other with one program and checker.
 *
 * `ts.transpileModule` makes both anew for each text, which takes three fifths of its time for a short one and leaves the
 * garbage collector as much work again. Here only the text changes, as in stand.ts.
 */
export class EmitProgram {
  private readonly program: ts.Program;
  private texts = 0;

  constructor(options: ts.CompilerOptions) {
    const empty = parse('');
    const host: ts.CompilerHost = {
      getSourceFile: (path) => (path === name ? empty : undefined),
      fileExists: (path) => path === name,
      readFile: () => undefined,
      writeFile: () => undefined,
      getDefaultLibFileName: () => 'lib.d.ts',
      getCurrentDirectory: () => '',
      getCanonicalFileName: (path) => path,
      useCaseSensitiveFileNames: () => true,
      getNewLine: () => '\n',
    };
    const alone = { noLib: true, noResolve: true, types: [] };
    this.program = ts.createProgram({ rootNames: [name], options: { ...options, ...alone }, host });
    this.program.getTypeChecker();
  }

  /** Whether a text can do without a program of its own: its comments ask for nothing. */
  static takes(code: string): boolean {
    return !code.includes('@jsx') && !needsProgram(code);
  }

  /** A new program should take its place. */
  get full(): boolean {
    return this.texts >= longest;
  }

  /** JavaScript and source map. */
  emit(code: string, transformers: ts.CustomTransformers): { js: string; map: string } {
    this.texts++;
    const file = parse(code);
    bind(file, this.program, { path: name, version: String(this.texts), imports: [] });
    const made = { js: '', map: '' };
    const write = (path: string, text: string): void => {
      made[path.endsWith('.map') ? 'map' : 'js'] = text;
    };
    this.program.emit(file, write, undefined, false, transformers);
    return made;
  }
}

function parse(code: string): ts.SourceFile {
  return ts.createSourceFile(name, code, ts.ScriptTarget.ES2022);
}
