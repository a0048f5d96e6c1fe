// The protocol of every engine process: JSON lines. It writes {loaded} once, then answers each request line.

import { createInterface } from 'node:readline';

const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const peakRssBytes = () => process.resourceUsage().maxRSS * 1024; // Node gives kilobytes
const cpuSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/**
 * @param load loads the model: resolves to {versions, score(pairs of [query, document]) -> logits, matmul?()}.
 */
export async function serve(load) {
  try {
    const started = performance.now();
    const engine = await load();
    const seconds = (performance.now() - started) / 1000;
    say({
      loaded: { load_seconds: seconds, load_peak_rss_bytes: peakRssBytes(), versions: engine.versions },
    });
    for await (const line of createInterface({ input: process.stdin })) {
      say(await answer(engine, JSON.parse(line)));
    }
  } catch (error) {
    say({ error: String(error?.stack ?? error) });
  }
  process.exit();
}

async function answer(engine, { requests, matmul }) {
  if (matmul !== undefined) {
    return { flops_per_second: engine.matmul?.(matmul) }; // absent for engines without kernels of their own
  }
  const logits = [];
  const cpuBefore = cpuSeconds();
  const started = performance.now();
  for (const pairs of requests) {
    logits.push(...(await engine.score(pairs)));
  }
  const seconds = (performance.now() - started) / 1000;
  return { seconds, cpu_seconds: cpuSeconds() - cpuBefore, logits, peak_rss_bytes: peakRssBytes() };
}
