// This project's tokenizer for check_tokenizer.py: JSON strings, or [query, document], on stdin, one a line -> {"ids", "spans"}
// on stdout.
//
//   npm run build && node scripts/reference/tokenize-lines.mjs FOLDER < LINES
//
// ids are those of `encode`; should `tokenize`, which also has the spans (UTF-16 units), give others, it stops.

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
