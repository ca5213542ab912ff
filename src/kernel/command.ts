import { ArgumentError } from '../errors.js';
import { runKernel } from './main.js';
import { installSpec, specFolder, uninstallSpec, type Place } from './spec.js';

export const kernelUsage = 'roarbook kernel install|uninstall [--user | --prefix DIR | --sys-prefix]';

/** `roarbook kernel …`; throws an ArgumentError that names what it takes. */
export async function kernelCommand([action, ...rest]: readonly string[]): Promise<void> {
  switch (action) {
    case '--help':
      return console.log(kernelUsage);
    case 'run':
      if (rest[0] === undefined || rest.length !== 1)
        throw new ArgumentError('kernel run: needs one connection file; Jupyter starts it so');
      return runKernel(rest[0]);
    case 'install':
      console.log(`Installed the kernel 'TypeScript (Roarbook)' in ${installSpec(place(rest))}`);
      return;
    case 'uninstall': {
      const where = place(rest);
      const folder = specFolder(where);
      console.log(uninstallSpec(where) ? `Removed ${folder}` : `Nothing to remove in ${folder}`);
      return;
    }
    default:
      throw new ArgumentError(
        `kernel: must be install or uninstall, got ${action ?? 'nothing'}; ${kernelUsage}`,
      );
  }
}

function place(args: readonly string[]): Place {
  const [flag, value] = args;
  if (args.length === 0 || (flag === '--user' && args.length === 1)) return { kind: 'user' };
  if (flag === '--sys-prefix' && args.length === 1) return { kind: 'sys-prefix' };
  if (flag === '--prefix' && value !== undefined && args.length === 2)
    return { kind: 'prefix', prefix: value };
  const equal = /^--prefix=(.+)$/.exec(flag ?? '')?.[1];
  if (equal !== undefined && args.length === 1) return { kind: 'prefix', prefix: equal };
  throw new ArgumentError(`kernel: got '${args.join(' ')}'; ${kernelUsage}`);
}
