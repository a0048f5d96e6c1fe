// transformers.js over onnxruntime-node: node transformers-js.mjs FOLDER INSTALLED THREADS
//   FOLDER has tokenizer files and onnx/model.onnx; INSTALLED/node_modules has @huggingface/transformers.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { serve } from './protocol.mjs';

const [folder, installed, threads] = process.argv.slice(2);
const BATCH = 32;
const require = createRequire(pathToFileURL(path.resolve(installed, 'index.js')));
const manifest = path.join(installed, 'node_modules/@huggingface/transformers/package.json');

serve(async () => {
  const { AutoTokenizer, AutoModelForSequenceClassification, env } = await import(
    pathToFileURL(require.resolve('@huggingface/transformers')).href
  );
  env.allowRemoteModels = false;
  env.localModelPath = path.dirname(path.resolve(folder));
  const name = path.basename(folder);
  const tokenizer = await AutoTokenizer.from_pretrained(name);
  const model = await AutoModelForSequenceClassification.from_pretrained(name, {
    dtype: 'fp32',
    device: 'cpu',
    session_options: { intraOpNumThreads: Number(threads) },
  });
  return {
    versions: {
      node: process.version,
      'transformers.js': JSON.parse(readFileSync(manifest, 'utf8')).version,
    },
    score: async (pairs) => {
      // Sorted by length in characters, as a user can do without tokenizing twice.
      const order = pairs.map((_, i) => i).sort((a, b) => pairs[a][1].length - pairs[b][1].length);
      const logits = new Array(pairs.length);
      for (let start = 0; start < order.length; start += BATCH) {
        const batch = order.slice(start, start + BATCH);
        const inputs = tokenizer(
          batch.map((i) => pairs[i][0]),
          { text_pair: batch.map((i) => pairs[i][1]), padding: true, truncation: true, max_length: 512 },
        );
        const output = await model(inputs);
        for (const [row, i] of batch.entries()) {
          logits[i] = output.logits.data[row];
        }
      }
      return logits;
    },
  };
});
