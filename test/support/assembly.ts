import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from './fixtures.js';

/** The sources of the WebAssembly kernels, in `src` and in a copy of the build. */
export const ASSEMBLY = 'kernels/wasm/assembly';

/** Where they stand. */
export const ASSEMBLY_SOURCE = path.join(ROOT, 'src', ASSEMBLY);

/** A name that TypeScript does not follow, because the compiler's types declare another `console` for everybody. */
const COMPILER: string = 'assemblyscript/asc';

interface Compiler {
  readonly main: (options: readonly string[]) => Promise<{ error: Error | null; stderr: object }>;
}

/** Compiles the sources in a copy of the build to both forms, as `npm run build` does. */
export async function compileAssembly(build: string): Promise<void> {
  const { main } = (await import(/* @vite-ignore */ COMPILER)) as Compiler;
  const config = path.join(build, ASSEMBLY, 'asconfig.json');
  const { targets } = JSON.parse(await readFile(config, 'utf8')) as { targets: object };
  for (const form of Object.keys(targets)) {
    const output = path.join(build, 'kernels/wasm', `${form}.wasm`);
    const { error, stderr } = await main(['--config', config, '--target', form, '--outFile', output]);
    if (error !== null) {
      throw new Error(`${config} does not compile: ${stderr}`);
    }
  }
}
