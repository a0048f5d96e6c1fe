import { readFile } from 'node:fs/promises';
import os from 'node:os';
import { parseCpuinfo } from '../../kernels/native/processor-flags.js';
import type { RunProgram } from './run-program.js';

/** A processor, limited to what affects the speed of matrix products. */
export interface Processor {
  readonly model: string;
  /** Number of cores that this process may use. */
  readonly cores: number;
  /** Its instruction sets, limited to the relevant ones, by their names in Linux. */
  readonly flags: readonly string[];
}

/** Instruction sets for fast float32, bfloat16 and int8 products: x64 first, then arm64. */
const FLAGS = [
  ...['avx', 'avx2', 'fma', 'avx_vnni', 'avx512f', 'avx512_vnni', 'avx512_bf16', 'amx_bf16', 'amx_int8'],
  ...['asimd', 'asimddp', 'bf16', 'i8mm', 'sve'],
];

/** Names of some of them in macOS; every Mac with an Apple processor has asimd. */
const APPLE: Readonly<Record<string, string>> = {
  'hw.optional.AdvSIMD': 'asimd',
  'hw.optional.arm.FEAT_DotProd': 'asimddp',
  'hw.optional.arm.FEAT_BF16': 'bf16',
  'hw.optional.arm.FEAT_I8MM': 'i8mm',
};

/** The processor of this machine; flags are empty if the system does not report them. */
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

/** The Linux names of the features that `sysctl` reports as 1. */
export function parseSysctl(text: string): Set<string> {
  const names = [...text.matchAll(/^(\S+): 1$/gm)].map(([, name]) => APPLE[name as string]);
  return new Set(names.filter((name) => name !== undefined));
}
