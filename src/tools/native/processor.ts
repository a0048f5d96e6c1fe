import { readFile } from 'node:fs/promises';
import os from 'node:os';
import { parseCpuinfo } from '../../kernels/native/processor-flags.js';
import type { RunProgram } from './run-program.js';

/** A processor, as far as the speed of matrix products depends on it. */
export interface Processor {
  readonly model: string;
  /** Those that this process may use. */
  readonly cores: number;
  /** Instruction sets that it has, by the names of Linux, of those that matter here. */
  readonly flags: readonly string[];
}

/** What makes float32, bfloat16 and int8 products fast: x64 first, then arm64. */
const FLAGS = [
  ...['avx', 'avx2', 'fma', 'avx_vnni', 'avx512f', 'avx512_vnni', 'avx512_bf16', 'amx_bf16', 'amx_int8'],
  ...['asimd', 'asimddp', 'bf16', 'i8mm', 'sve'],
];

/** What macOS calls some of them; every Mac with an Apple processor has asimd. */
const APPLE: Readonly<Record<string, string>> = {
  'hw.optional.AdvSIMD': 'asimd',
  'hw.optional.arm.FEAT_DotProd': 'asimddp',
  'hw.optional.arm.FEAT_BF16': 'bf16',
  'hw.optional.arm.FEAT_I8MM': 'i8mm',
};

/** The processor of this machine; flags are empty where the system does not tell. */
export async function readProcessor(platform: NodeJS.Platform, run: RunProgram): Promise<Processor> {
  const [first] = os.cpus();
  const has =
    platform === 'darwin'
      ? parseSysctl((await run('sysctl', Object.keys(APPLE)))?.stdout ?? '')
      : parseCpuinfo(await readFile('/proc/cpuinfo', 'utf8').catch(() => ''));
  return {
    model: first?.model.trim() || 'unknown',
    cores: os.availableParallelism(),
    flags: FLAGS.filter((flag) => has.has(flag)),
  };
}

/** The names, as Linux has them, of what `sysctl` says is 1. */
export function parseSysctl(text: string): Set<string> {
  const names = [...text.matchAll(/^(\S+): 1$/gm)].map(([, name]) => APPLE[name as string]);
  return new Set(names.filter((name) => name !== undefined));
}
