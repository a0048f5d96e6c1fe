import { describe, expect, test } from 'vitest';
import { BackendUnavailableError } from '../../../dist/errors/errors.js';
import { assertFitsHeap } from '../../../dist/kernels/wasm/wasm-capacity.js';

/** Number of parameters of a model with this many layers, without embeddings. */
const layers = (count: number, hidden: number) => count * 12 * hidden * hidden;

const MINI = { parameters: layers(12, 384), hiddenSize: 384, intermediateSize: 1536 };
const BASE = { parameters: layers(12, 768), hiddenSize: 768, intermediateSize: 3072 };
const LARGE = { parameters: layers(24, 1024), hiddenSize: 1024, intermediateSize: 4096 };

describe('what fits into a WebAssembly heap', () => {
  test.each([
    ['mini, 8,192 tokens', { ...MINI, tokens: 8192 }],
    ['base, 4,096 tokens', { ...BASE, tokens: 4096 }],
    ['large, 512 tokens', { ...LARGE, tokens: 512 }],
  ])('%s', (_name, demand) => {
    expect(() => assertFitsHeap(demand, 'model')).not.toThrow();
  });

  test('large with too many tokens at once: the error says how many would fit', () => {
    const attempt = () => assertFitsHeap({ ...LARGE, tokens: 65_536 }, 'models/large');
    expect(attempt).toThrow(BackendUnavailableError);
    expect(attempt).toThrow(/^models\/large does not fit into WebAssembly: .* GiB with 65536 tokens at once/);
    const room = Number(/Up to about (\d+) tokens fit/.exec(messageOf(attempt))?.[1]);
    expect(room).toBeGreaterThan(512);
    expect(() => assertFitsHeap({ ...LARGE, tokens: room }, 'm')).not.toThrow();
    expect(() => assertFitsHeap({ ...LARGE, tokens: room + 128 }, 'm')).toThrow();
  });

  test('twice as many layers do not fit at all', () => {
    const attempt = () => assertFitsHeap({ ...LARGE, parameters: layers(48, 1024), tokens: 512 }, 'm');
    expect(attempt).toThrow(/Use the backend "node", or a smaller model .*doctor/);
  });
});

function messageOf(attempt: () => void): string {
  try {
    attempt();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}
