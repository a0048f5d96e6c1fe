import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { NativeSetupError } from '../../errors/errors.js';
import { type BindingPackage, nodeApiHeaders } from './binding-package.js';
import { type BindingSource, withInsertions } from './binding-source.js';
import { type RunProgram, tellingLine } from './run-program.js';
import type { TensorFlowFolder } from './tensorflow-folder.js';

/** A program that compiles C++, and arguments that always come first. */
export type Compiler = readonly [program: string, ...args: string[]];

/** Where the libraries are found; on Linux the binding starts before them, on macOS Node's functions are found late. */
const LINK_ARGUMENTS = {
  linux: ['-Wl,-rpath,$ORIGIN/../../deps/lib', '-Wl,-z,initfirst'],
  darwin: ['-Wl,-rpath,@loader_path/../../deps/lib', '-undefined', 'dynamic_lookup'],
};

/** The path of the binding in a package. */
export const bindingFile = (nodeApi: number): string =>
  path.join('lib', `napi-v${nodeApi}`, 'tfjs_binding.node');

/**
 * A C++ compiler that starts.
 *
 * @param wanted the value of CXX, which is then the only one tried.
 * @throws NativeSetupError that says how to get one.
 */
export async function findCompiler(wanted: string | undefined, run: RunProgram): Promise<Compiler> {
  const candidates = wanted?.trim() ? [wanted.trim().split(/\s+/)] : [['c++'], ['g++'], ['clang++']];
  for (const [program = '', ...args] of candidates) {
    if ((await run(program, [...args, '--version']))?.code === 0) {
      return [program, ...args];
    }
  }
  throw new NativeSetupError(
    wanted?.trim()
      ? `The C++ compiler that CXX names, ${wanted}, does not start. Correct or unset CXX.`
      : 'No C++ compiler was found (c++, g++, clang++); it is needed to build the binding. Install one (Debian, Ubuntu: ' +
          'apt install g++; Fedora: dnf install gcc-c++; macOS: xcode-select --install), or name one in CXX.',
  );
}

/** The source file of a binding that is changed, with the insertions if they fit. */
export async function readBindingSource({ folder }: BindingPackage): Promise<BindingSource> {
  return withInsertions(await readFile(path.join(folder, 'binding/tfjs_backend.cc'), 'utf8'));
}

/** The inputs and tools for building a binding. */
export interface BuildRequest {
  readonly pkg: BindingPackage;
  readonly source: BindingSource;
  readonly tensorflow: TensorFlowFolder;
  readonly compiler: Compiler;
  readonly platform: NodeJS.Platform;
  readonly run: RunProgram;
  readonly signal: AbortSignal;
}

/**
 * Builds the binding of tfjs-node against a TensorFlow.
 *
 * @param target an empty folder; it gets `lib/napi-vN/tfjs_binding.node`, and `deps/lib` with links to the libraries.
 * @throws NativeSetupError with the compiler's first error.
 */
export async function buildBinding(target: string, request: BuildRequest): Promise<void> {
  const { pkg, tensorflow, compiler, platform, run, signal } = request;
  const { folder, nodeApi } = pkg;
  const sources = path.join(folder, 'binding');
  const binding = path.join(target, bindingFile(nodeApi));
  const links = path.join(target, 'deps/lib');
  await mkdir(path.dirname(binding), { recursive: true });
  await mkdir(links, { recursive: true });
  const libraries = tensorflow.libraries.map((library) => path.join(links, path.basename(library)));
  for (const [i, library] of tensorflow.libraries.entries()) {
    await symlink(library, libraries[i] as string);
  }
  const source = path.join(target, 'tfjs_backend.cc');
  await writeFile(source, request.source.text);

  const headers = [sources, tensorflow.include, nodeApiHeaders()].map((include) => `-I${include}`);
  const [program, ...first] = compiler;
  const answer = await run(
    program,
    [
      ...first,
      ...['-O2', '-fPIC', '-shared', '-std=c++17', `-DNAPI_VERSION=${nodeApi}`],
      '-DNODE_GYP_MODULE_NAME=tfjs_binding',
      ...headers,
      ...[source, path.join(sources, 'tfjs_binding.cc'), '-o', binding, ...libraries],
      ...LINK_ARGUMENTS[platform === 'darwin' ? 'darwin' : 'linux'],
    ],
    { signal },
  );
  if (answer?.code !== 0) {
    const said = answer?.stderr ?? '';
    const error = said.split('\n').find((line) => /error|undefined reference/i.test(line));
    throw new NativeSetupError(
      `${program} could not build the binding: ${error?.trim() ?? tellingLine(said, /./)}\n` +
        'It needs a compiler for C++17; CXX may name another one. --verbose shows all of its output.',
      { cause: new Error(said) },
    );
  }
}

/**
 * The version of TensorFlow that a binding reports. The binding is loaded in a process of its own for that, so that one
 * that cannot be loaded is found before it is installed.
 *
 * @throws NativeSetupError with the loader's reason.
 */
export async function loadTensorFlowVersion(binding: string, run: RunProgram): Promise<string> {
  const answer = await run(process.execPath, ['-p', 'require(process.argv[1]).TF_Version', binding]);
  const version = answer?.code === 0 ? answer.stdout.trim() : '';
  if (version === '') {
    throw new NativeSetupError(
      `The binding was built but cannot be loaded: ${tellingLine(answer?.stderr ?? '', /^Error/)}\n` +
        'TensorFlow needs a processor with AVX on x64, and libraries of the same system as Node.',
      { cause: new Error(answer?.stderr) },
    );
  }
  return version;
}
