// Checks that the memory of `score` stays the same from 30 % of 10,000 generated pairs of about 20 tokens to the end.
//
//   npm run build && node scripts/bench/score-memory.mjs [pairs]

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PAIRS = Number(process.argv[2] ?? 10_000);
/** Usual variation of the heap of a JavaScript engine, MB. */
const ALLOWED_GROWTH = 100;
const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

const words = 'river bank paper moon train bread green glass north seven 北京 火车 月亮 面包 城市'.split(' ');
const text = (seed, length) =>
  Array.from({ length }, (_, i) => words[(seed * 7 + i * i * 3 + i) % words.length]).join(' ');
const residentMb = (pid) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

const score = spawn(process.execPath, [CLI, 'score', '--backend', 'wasm', '--quiet'], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const started = performance.now();
const feed = async () => {
  for (let i = 0; i < PAIRS; i++) {
    const line = JSON.stringify({ id: i, query: text(i, 5), document: text(i + 3, 11) });
    if (!score.stdin.write(`${line}\n`)) {
      await new Promise((resolve) => score.stdin.once('drain', resolve));
    }
  }
  score.stdin.end();
};
feed();

const samples = [];
let lines = 0;
for await (const line of createInterface({ input: score.stdout })) {
  const { id, logit } = JSON.parse(line);
  if (id !== lines || !Number.isFinite(logit)) {
    throw new Error(`line ${lines + 1} is ${line}`);
  }
  lines += 1;
  if (lines % 1_000 === 0) {
    samples.push({ lines, mb: residentMb(score.pid) });
    console.log(`${lines} lines: ${samples.at(-1).mb.toFixed(0)} MB resident`);
  }
}
const seconds = (performance.now() - started) / 1000;
const early = (samples.filter(({ lines: at }) => at <= PAIRS * 0.3).at(-1) ?? samples[0]).mb;
const late = samples.at(-1).mb;
console.log(
  `${lines} pairs in ${seconds.toFixed(0)} s; resident after 30 %: ${early.toFixed(0)} MB, at the end: ${late.toFixed(0)} MB`,
);
if (lines !== PAIRS || late > early + ALLOWED_GROWTH) {
  console.error('memory is not flat, or lines are missing');
  process.exitCode = 1;
}
