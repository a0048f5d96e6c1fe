// onnxruntime-web (WebAssembly), with @huggingface/tokenizers: node onnxruntime-web.mjs FOLDER INSTALLED THREADS
//   FOLDER has tokenizer files and onnx/model.onnx; INSTALLED/node_modules has onnxruntime-web.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { openSession } from './onnx-session.mjs';
import { serve } from './protocol.mjs';

const [folder, installed, threads] = process.argv.slice(2);
const MAX_LENGTH = 512;

serve(async () => {
  const read = (file) => JSON.parse(readFileSync(path.join(folder, file), 'utf8'));
  const tokenizer = new Tokenizer(read('tokenizer.json'), read('tokenizer_config.json'));
  const session = await openSession(path.join(folder, 'onnx/model.onnx'), installed, Number(threads));
  return {
    versions: { node: process.version, 'onnxruntime-web': session.version },
    // The pair's last tokens are cut: the query is short in all workloads.
    score: (pairs) =>
      session.score(
        pairs.map(([query, document]) => {
          const { ids } = tokenizer.encode(query, { text_pair: document });
          return ids.length <= MAX_LENGTH ? ids : [...ids.slice(0, MAX_LENGTH - 1), ids.at(-1)];
        }),
      ),
  };
});
