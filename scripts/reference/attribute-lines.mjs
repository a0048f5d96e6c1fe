// This project's attributions for check_attribution.py: one {"query", "document", "options"} per line on stdin, one
// answer per line on stdout.
//
//   npm run build && node scripts/reference/attribute-lines.mjs FOLDER BACKEND < LINES

import { createInterface } from 'node:readline';
import { openModel } from '../../dist/engine/open.js';
import { attribute } from '../../dist/inspection/attribution/attribution.js';
import { findSegments } from '../../dist/inspection/attribution/segments.js';

const [folder, backend] = process.argv.slice(2);
const model = await openModel(folder, { backend, differentiable: true });
for await (const line of createInterface({ input: process.stdin })) {
  const { query, document, options } = JSON.parse(line);
  const texts = { query, document };
  const pair = model.placeTokens(texts);
  const { method, logit, baselineLogit, residual, tokens } = await attribute(model, texts, options);
  const answer = {
    input_ids: [...pair.inputIds],
    special: pair.tokens.map(({ part }) => part === 'special'),
    words: findSegments(pair, texts, options.unit ?? 'word').map((word) => word.tokens),
    ...{ method, logit, baseline_logit: baselineLogit, residual, tokens },
  };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
model.dispose();
