import { readFileSync } from 'node:fs';

/** The words of the first `flags` (x64) or `Features` (arm64) line of /proc/cpuinfo. */
export function parseCpuinfo(text: string): Set<string> {
  const [, words = ''] = /^(?:flags|Features)\s*:(.*)$/m.exec(text) ?? [];
  return new Set(words.trim().split(/\s+/));
}

/** The parts of AVX-512 that oneDNN needs for bfloat16 products; AVX-NE-CONVERT is enough too. */
const AVX512_CORE = ['avx512f', 'avx512bw', 'avx512vl', 'avx512dq'];

/**
 * Why oneDNN cannot multiply bfloat16 on this processor; undefined if it can, or if only a try can tell. It must be
 * known before a try: on x64 without AVX-512 oneDNN throws a C++ exception that nobody catches, and the process ends.
 */
export function bfloat16Obstacle(platform = process.platform, arch = process.arch): string | undefined {
  if (platform !== 'linux' || arch !== 'x64') return undefined;
  return obstacleIn(parseCpuinfo(readFileSync('/proc/cpuinfo', 'utf8')));
}

/** {@link bfloat16Obstacle} of an x64 processor with these flags. */
export function obstacleIn(flags: ReadonlySet<string>): string | undefined {
  return flags.has('avx_ne_convert') || AVX512_CORE.every((flag) => flags.has(flag))
    ? undefined
    : 'this processor has neither AVX-512 nor AVX-NE-CONVERT';
}
