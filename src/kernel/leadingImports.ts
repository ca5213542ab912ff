import { isBuiltin } from 'node:module';

const blank = /(?:[\s;]|\/\/.*|\/\*[^]*?\*\/)*/y;
const declaration = /import\b(\s+type\b)?(?:[\w$*{},\s]+\bfrom)?\s*(["'])([^"'\\\n]+)\2/y;

/**
 * Packages that a cell imports before anything else in it can run: they may be loaded while its types are checked. The
 * list ends at a local module, which may change what a package sees.
 */
export function leadingImports(code: string): string[] {
  const packages: string[] = [];
  for (let at = 0; ; at = declaration.lastIndex) {
    blank.lastIndex = at;
    blank.exec(code);
    declaration.lastIndex = blank.lastIndex;
    const found = declaration.exec(code);
    const specifier = found?.[3];
    if (specifier === undefined || /^([./]|file:)/.test(specifier)) return packages;
    if (found?.[1] === undefined && !isBuiltin(specifier)) packages.push(specifier);
  }
}
