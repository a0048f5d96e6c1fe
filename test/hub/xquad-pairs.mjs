// Questions of XQuAD, each with the paragraph that answers it, as JSONL: English and Chinese in turn.
//   node test/hub/xquad-pairs.mjs FOLDER COUNT >pairs.jsonl
import { readFileSync } from 'node:fs';
import path from 'node:path';

const [folder, count] = [process.argv[2], Number(process.argv[3])];
const read = (name) =>
  readFileSync(path.join(folder, `${name}.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const [english, chinese] = ['en', 'zh'].map((language) => {
  const texts = new Map(read(`corpus_${language}`).map(({ pid, text }) => [pid, text]));
  return read(`questions_${language}`).map(({ query, pid }) => ({ query, document: texts.get(pid) }));
});
// Spread over all paragraphs, because the questions are in the order of the paragraphs.
const half = Math.ceil(count / 2);
const pairs = Array.from({ length: half }, (_, i) => Math.floor((i * english.length) / half)).flatMap(
  (at) => [english[at], chinese[at]],
);
process.stdout.write(
  pairs
    .slice(0, count)
    .map((pair) => `${JSON.stringify(pair)}\n`)
    .join(''),
);
