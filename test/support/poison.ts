import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import path from 'node:path';

interface Header {
  readonly [name: string]: { readonly shape: readonly number[]; readonly data_offsets: readonly number[] };
}

/** Makes a float32 model give NaN for every text with a certain piece: its row of the word embeddings is NaN. */
export function poisonPiece(folder: string, piece: string): void {
  const tokenizer = JSON.parse(readFileSync(path.join(folder, 'tokenizer.json'), 'utf8'));
  const id: number = tokenizer.model.vocab.findIndex(([written]: [string]) => written === piece);
  if (id === -1) {
    throw new Error(`${piece} is no piece of ${folder}`);
  }
  const file = openSync(path.join(folder, 'model.safetensors'), 'r+');
  try {
    const length = Buffer.alloc(8);
    readSync(file, length, 0, 8, 0);
    const bytes = Buffer.alloc(Number(length.readBigUInt64LE()));
    readSync(file, bytes, 0, bytes.length, 8);
    const header = JSON.parse(bytes.toString('utf8')) as Header;
    const name = Object.keys(header).find((key) => key.endsWith('word_embeddings.weight'));
    const { shape, data_offsets } = header[name ?? ''] as Header[string];
    const hidden = shape[1] as number;
    const at = 8 + bytes.length + (data_offsets[0] as number) + 4 * hidden * id;
    writeSync(file, new Uint8Array(new Float32Array(hidden).fill(Number.NaN).buffer), 0, 4 * hidden, at);
  } finally {
    closeSync(file);
  }
}
