// An ONNX model in onnxruntime-web: token ids in, logits out.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** As the library's own batches on wasm. */
const MAX_BATCH_TOKENS = 512;
const PAD = 1;

/** @param installed a folder whose node_modules has onnxruntime-web */
export async function openSession(file, installed, threads) {
  const entry = createRequire(pathToFileURL(path.resolve(installed, 'index.js'))).resolve('onnxruntime-web');
  const { default: ort } = await import(pathToFileURL(entry).href);
  ort.env.wasm.numThreads = threads;
  const session = await ort.InferenceSession.create(file, { executionProviders: ['wasm'] });
  const manifest = path.join(installed, 'node_modules/onnxruntime-web/package.json');
  return {
    version: JSON.parse(readFileSync(manifest, 'utf8')).version,
    /** Sequences of token ids, sorted by length and cut into batches by a budget of tokens, padding counted. */
    async score(sequences) {
      const order = sequences.map((_, i) => i).sort((a, b) => sequences[a].length - sequences[b].length);
      const logits = new Array(sequences.length);
      for (let start = 0, end = 0; start < order.length; start = end) {
        for (end = start + 1; end < order.length; end++) {
          if ((end + 1 - start) * sequences[order[end]].length > MAX_BATCH_TOKENS) break;
        }
        const batch = order.slice(start, end);
        const seq = sequences[batch.at(-1)].length;
        const ids = new BigInt64Array(batch.length * seq).fill(BigInt(PAD));
        const mask = new BigInt64Array(batch.length * seq);
        for (const [row, i] of batch.entries()) {
          for (let at = 0; at < sequences[i].length; at++) {
            ids[row * seq + at] = BigInt(sequences[i][at]);
            mask[row * seq + at] = 1n;
          }
        }
        const shape = [batch.length, seq];
        const output = await session.run({
          input_ids: new ort.Tensor('int64', ids, shape),
          attention_mask: new ort.Tensor('int64', mask, shape),
        });
        for (const [row, i] of batch.entries()) logits[i] = output.logits.data[row];
      }
      return logits;
    },
  };
}
