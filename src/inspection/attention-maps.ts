import { deflateSync } from 'node:zlib';
import type { AttentionMaps } from './inspection.js';

/** Below these nothing is kept, the least that makes the maps small enough; the first is half a step of a byte. */
const THRESHOLDS = [0.5 / 255, 0.005, 0.01, 0.02, 0.05, 0.1];

/**
 * Writes attention probabilities in a byte each, compressed. Where that is larger than `maxBytes`, the small ones
 * become 0 (in long pairs almost all of them are), as few as do.
 *
 * @param layers one [heads x seq x seq] a layer, of one pair.
 * @param maxBytes of base64; where even the last threshold does not reach it, the maps are larger.
 */
export function toAttentionMaps(
  layers: readonly Float32Array[],
  { heads, seq, maxBytes }: { readonly heads: number; readonly seq: number; readonly maxBytes: number },
): AttentionMaps {
  let maps: AttentionMaps | undefined;
  for (const smallest of THRESHOLDS) {
    const data = deflateSync(toBytes(layers, heads * seq * seq, smallest), { level: 9 }).toString('base64');
    maps = { layers: layers.length, heads, seq, smallest, data };
    if (data.length <= maxBytes) {
      break;
    }
  }
  return maps as AttentionMaps;
}

function toBytes(layers: readonly Float32Array[], size: number, smallest: number): Uint8Array {
  const bytes = new Uint8Array(layers.length * size);
  for (const [layer, probs] of layers.entries()) {
    for (let i = 0; i < size; i++) {
      const p = probs[i] as number;
      bytes[layer * size + i] = p < smallest ? 0 : Math.round(p * 255);
    }
  }
  return bytes;
}
