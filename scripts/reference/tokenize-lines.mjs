// This project's tokenizer for check_tokenizer.py: a JSON string or [query, document] per line on stdin, {"ids",
// "spans"} per line on stdout.
//
//   npm run build && node scripts/reference/tokenize-lines.mjs FOLDER < LINES
//
// ids are those of `encode`; the script stops if `tokenize`, which also gives the spans (UTF-16 units), gives others.

import { createInterface } from 'node:readline';
import { readTokenizer } from '../../dist/hub/read-model.js';

const tokenizer = await readTokenizer(process.argv[2]);
for await (const line of createInterface({ input: process.stdin })) {
  const text = JSON.parse(line);
  if (Array.isArray(text)) {
    const { tokens, inputIds } = tokenizer.placePair(...text, {
      maxLength: 1e6,
      truncation: 'longest_first',
    });
    process.stdout.write(
      `${JSON.stringify({ ids: [...inputIds], spans: tokens.map(({ start, end }) => [start, end]) })}\n`,
    );
    continue;
  }
  const ids = [...tokenizer.encode(text)];
  const tokens = tokenizer.tokenize(text);
  if (String(ids) !== String(tokens.ids)) throw new Error(`encode and tokenize disagree on ${line}`);
  const spans = Array.from(tokens.starts, (start, i) => [start, tokens.ends[i]]);
  process.stdout.write(`${JSON.stringify({ ids, spans })}\n`);
}
