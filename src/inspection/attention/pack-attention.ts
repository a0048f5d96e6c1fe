import { deflateSync } from 'node:zlib';
import type { PackedAttention } from './packed-attention.js';

/** Probabilities below a threshold are dropped; the first threshold is half a step of a byte. */
const THRESHOLDS = [0.5 / 255, 0.005, 0.01, 0.02, 0.05, 0.1] as const;

/**
 * Writes attention probabilities as a byte each, compressed. If the result is larger than `maxBytes`, small ones become
 * 0 (in long pairs almost all are small), with the lowest threshold that suffices.
 *
 * @param probs by layer, [heads, seq, seq].
 * @param maxBytes of base64; if even the last threshold is not enough, the result is larger.
 */
export function packAttention(
  probs: readonly Float32Array[],
  seq: number,
  maxBytes: number,
): PackedAttention {
  const [first, ...others] = THRESHOLDS;
  let smallest: number = first;
  let data = pack(probs, smallest);
  for (const threshold of others) {
    if (data.length <= maxBytes) {
      break;
    }
    smallest = threshold;
    data = pack(probs, smallest);
  }
  const heads = (probs[0]?.length ?? 0) / seq ** 2;
  return { layers: probs.length, heads, seq, smallest, data };
}

function pack(probs: readonly Float32Array[], smallest: number): string {
  const layers = probs.map((layer) =>
    Uint8Array.from(layer, (p) => (p < smallest ? 0 : Math.round(p * 255))),
  );
  return deflateSync(Buffer.concat(layers), { level: 9 }).toString('base64');
}
