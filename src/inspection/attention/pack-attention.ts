import { deflateSync } from 'node:zlib';
import type { PairAttention } from './attention.js';
import type { PackedAttention } from './packed-attention.js';

/** Below these nothing is kept; the first is half a step of a byte. */
const THRESHOLDS = [0.5 / 255, 0.005, 0.01, 0.02, 0.05, 0.1] as const;

/**
 * Writes attention probabilities in a byte each, compressed. Where that is larger than `maxBytes`, the small ones
 * become 0 (in long pairs almost all of them are small), as few as will do.
 *
 * @param maxBytes of base64; where even the last threshold does not reach it, the maps are larger.
 */
export function packAttention(attention: PairAttention, maxBytes: number): PackedAttention {
  const { layers, heads, tokens } = attention;
  const bytes = new Uint8Array(layers * heads * tokens.length ** 2);
  const [first, ...others] = THRESHOLDS;
  let smallest: number = first;
  let data = pack(attention, bytes, smallest);
  for (const threshold of others) {
    if (data.length <= maxBytes) {
      break;
    }
    smallest = threshold;
    data = pack(attention, bytes, smallest);
  }
  return { layers, heads, seq: tokens.length, smallest, data };
}

function pack(attention: PairAttention, bytes: Uint8Array, smallest: number): string {
  let at = 0;
  for (let layer = 0; layer < attention.layers; layer++) {
    for (let head = 0; head < attention.heads; head++) {
      for (const p of attention.map(layer, head).data) {
        bytes[at++] = p < smallest ? 0 : Math.round(p * 255);
      }
    }
  }
  return deflateSync(bytes, { level: 9 }).toString('base64');
}
