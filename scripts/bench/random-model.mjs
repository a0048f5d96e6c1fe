// Writes a model of any size with random weights, for measurements of speed and memory, which do not depend on weights.

import { copyFile, mkdir, open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const EMBEDDED = fileURLToPath(new URL('../../weights/mini-en-zh', import.meta.url));
const VOCAB = 28_000;
/** The values repeat after this number: random enough, and fast to write. */
const PERIOD = 999_983;

/** Writes config.json, tokenizer and float32 weights; the vocabulary is the embedded model's. */
export async function writeRandomModel(folder, { layers, hidden, heads, intermediate, positions }) {
  await mkdir(folder, { recursive: true });
  for (const file of ['tokenizer.json', 'tokenizer_config.json']) {
    await copyFile(path.join(EMBEDDED, file), path.join(folder, file));
  }
  const config = {
    architectures: ['XLMRobertaForSequenceClassification'],
    model_type: 'xlm-roberta',
    vocab_size: VOCAB,
    hidden_size: hidden,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    intermediate_size: intermediate,
    hidden_act: 'gelu',
    max_position_embeddings: positions,
    type_vocab_size: 1,
    layer_norm_eps: 1e-5,
    pad_token_id: 1,
    id2label: { 0: 'LABEL_0' },
  };
  await writeFile(path.join(folder, 'config.json'), JSON.stringify(config));
  await writeWeights(path.join(folder, 'model.safetensors'), shapesOf(config));
}

function shapesOf({
  hidden_size: hidden,
  intermediate_size: intermediate,
  num_hidden_layers,
  max_position_embeddings,
}) {
  const linear = (name, outputs, inputs) => [
    [`${name}.weight`, [outputs, inputs]],
    [`${name}.bias`, [outputs]],
  ];
  const norm = (name) => [
    [`${name}.LayerNorm.weight`, [hidden]],
    [`${name}.LayerNorm.bias`, [hidden]],
  ];
  const layer = (at) => [
    ...['query', 'key', 'value'].flatMap((part) => linear(`${at}.attention.self.${part}`, hidden, hidden)),
    ...linear(`${at}.attention.output.dense`, hidden, hidden),
    ...norm(`${at}.attention.output`),
    ...linear(`${at}.intermediate.dense`, intermediate, hidden),
    ...linear(`${at}.output.dense`, hidden, intermediate),
    ...norm(`${at}.output`),
  ];
  return [
    ['roberta.embeddings.word_embeddings.weight', [VOCAB, hidden]],
    ['roberta.embeddings.position_embeddings.weight', [max_position_embeddings, hidden]],
    ['roberta.embeddings.token_type_embeddings.weight', [1, hidden]],
    ...norm('roberta.embeddings'),
    ...Array.from({ length: num_hidden_layers }, (_, i) => layer(`roberta.encoder.layer.${i}`)).flat(),
    ...linear('classifier.dense', hidden, hidden),
    ...linear('classifier.out_proj', 1, hidden),
  ];
}

async function writeWeights(file, shapes) {
  const count = (shape) => shape.reduce((a, b) => a * b, 1);
  const header = {};
  let end = 0;
  for (const [name, shape] of shapes) {
    const start = end;
    end += 4 * count(shape);
    header[name] = { dtype: 'F32', shape, data_offsets: [start, end] };
  }
  const text = Buffer.from(JSON.stringify(header));
  const padded = Buffer.concat([text, Buffer.alloc((8 - (text.length % 8)) % 8, ' ')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  const values = Float32Array.from({ length: PERIOD }, (_, i) => Math.sin(i * i) * 0.05);
  const handle = await open(file, 'w');
  try {
    await handle.write(Buffer.concat([length, padded]));
    for (let left = end; left > 0; left -= 4 * PERIOD) {
      await handle.write(Buffer.from(values.buffer, 0, Math.min(left, 4 * PERIOD)));
    }
  } finally {
    await handle.close();
  }
}
