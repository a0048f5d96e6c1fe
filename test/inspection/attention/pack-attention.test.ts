import { inflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { packAttention } from '../../../dist/inspection/attention/pack-attention.js';
import { sampleAttention } from '../../support/sample-inspection.js';

describe('packed attention', () => {
  test('hold each probability within half a step of a byte, in the order layers, heads, from, to', () => {
    const attention = sampleAttention(7, 2, 3);
    const { data, smallest, ...sizes } = packAttention(attention, 7, 1e6);
    expect(sizes).toEqual({ layers: 2, heads: 3, seq: 7 });
    expect(smallest).toBe(0.5 / 255);
    const bytes = inflateSync(Buffer.from(data, 'base64'));
    expect(bytes).toHaveLength(2 * 3 * 7 * 7);
    for (let layer = 0; layer < 2; layer++) {
      for (const [i, p] of (attention[layer] as Float32Array).entries()) {
        const read = (bytes[layer * 3 * 49 + i] as number) / 255;
        expect(Math.abs(read - p)).toBeLessThanOrEqual(0.5 / 255 + 1e-6);
      }
    }
  });

  test('leave small probabilities out where there is no room for them, and say which', () => {
    const attention = unevenAttention(40);
    const whole = packAttention(attention, 40, 1e6);
    const small = packAttention(attention, 40, whole.data.length - 1);
    expect(small.smallest).toBeGreaterThanOrEqual(0.005);
    expect(small.data.length).toBeLessThan(whole.data.length);
    const bytes = inflateSync(Buffer.from(small.data, 'base64'));
    const kept = [...(attention[0] as Float32Array)].filter((p) => p >= small.smallest);
    expect(kept.length).toBeGreaterThan(40);
    expect(bytes.filter((byte) => byte > 0)).toHaveLength(kept.length);
  });
});

/** One head whose rows fall off unevenly, as real ones do: values of all sizes. */
function unevenAttention(seq: number): Float32Array[] {
  const data = Float32Array.from({ length: seq * seq }, (_, i) => Math.exp(5 * Math.sin(i * i)));
  for (let from = 0; from < seq; from++) {
    const row = data.subarray(from * seq, (from + 1) * seq);
    const sum = row.reduce((all, value) => all + value, 0);
    row.set(row.map((value) => value / sum));
  }
  return [data];
}
