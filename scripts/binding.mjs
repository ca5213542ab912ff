import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './report.mjs';

const extension = fileURLToPath(new URL('../src/native/binding/', import.meta.url));

/**
 * Compiles tfjs-node's binding together with Roarbook's functions (src/native/binding) against a libtensorflow.
 *
 * The stock sources stay as they are. `output` is a small loader, and beside it lies what it loads, tfjs_tensorflow.so.
 * Each is moved to its place when it is whole, so a process that has the old one loaded, and a run that is killed, do no
 * harm.
 *
 * @param {object} options
 * @param {string} options.packageDir - tfjs-node's package, whose `binding/` holds the stock sources.
 * @param {string} options.tensorflowDir - The `tensorflow` folder of the wheel: libraries and `include/`.
 * @param {string} options.headersDir - The folder of Node-API's headers.
 * @param {string} options.output - The .node file to write.
 * @param {string} options.cxx - The C++ compiler.
 * @throws {SetupError} If the compiler fails; the message ends with what it said.
 */
export async function compileBinding({ packageDir, tensorflowDir, headersDir, output, cxx }) {
  const stock = join(packageDir, 'binding');
  const includes = [stock, headersDir, join(tensorflowDir, 'include')].map((folder) => `-I${folder}`);
  await mkdir(dirname(output), { recursive: true });
  await Promise.all([
    compile(cxx, join(dirname(output), 'tfjs_tensorflow.so'), [
      ...includes,
      join(stock, 'tfjs_backend.cc'),
      ...['functions.cc', 'elementwise.cc', 'elementwiseOp.cc', 'winograd.cc', 'winogradOp.cc'].map((name) =>
        join(extension, name),
      ),
      '-pthread',
      ...['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'].map((name) => join(tensorflowDir, name)),
      // The wheel's own folder, not a link to it: TensorFlow finds CUDA's libraries relative to where it lies.
      `-Wl,-rpath,${tensorflowDir}`,
    ]),
    compile(cxx, output, [`-I${headersDir}`, join(extension, 'loader.cc'), '-ldl']),
  ]);
}

async function compile(cxx, output, args) {
  const unfinished = `${output}.${process.pid}.tmp`;
  // Nobody reads errno or the processor's flags of floating point: loops that could set them become vectors.
  const vectors = ['-O3', '-fno-math-errno', '-fno-trapping-math'];
  const options = [...vectors, '-std=c++17', '-fPIC', '-shared', '-DNAPI_VERSION=8', '-o', unfinished];
  try {
    await run(cxx, [...options, ...args], { what: "Compiling TensorFlow's binding" });
    await rename(unfinished, output);
  } finally {
    await rm(unfinished, { force: true });
  }
}
