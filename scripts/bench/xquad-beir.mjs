// XQuAD as a folder in BEIR's form, for `evaluate --beir`: paragraphs are documents, and each question has one of them.
//
//   node scripts/bench/xquad-beir.mjs --questions xquad.zh.json [--paragraphs xquad.en.json] --out FOLDER
//
// FOLDER/candidates.run has 20 paragraphs for each question, the right one among them: what BM25 finds for the question
// as it is asked in the paragraphs' language. Give it as --run where question and paragraphs differ in language.
// The files are the public ones (github.com/google-deepmind/xquad). With --paragraphs the questions are asked of another
// language: both files have the same questions and paragraphs in the same order. A folder of corpus_LANGUAGE.jsonl and
// questions_LANGUAGE.jsonl serves too: --questions FOLDER/zh --paragraphs FOLDER/en.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Bm25Builder } from '../../dist/retrieval/index.js';

const CANDIDATES = 20;

const { values: options } = parseArgs({
  options: { questions: { type: 'string' }, paragraphs: { type: 'string' }, out: { type: 'string' } },
});

const readJsonl = (file) => readFileSync(file, 'utf8').trim().split('\n').map(JSON.parse);

/** {paragraphs: [{id, text}], questions: [{id, text, paragraph}]} */
function read(source) {
  if (existsSync(source)) {
    const { data } = JSON.parse(readFileSync(source, 'utf8'));
    const all = data.flatMap(({ paragraphs }, i) =>
      paragraphs.map((paragraph, j) => ({ id: `${i}-${j}`, ...paragraph })),
    );
    return {
      paragraphs: all.map(({ id, context }) => ({ id, text: context })),
      questions: all.flatMap(({ id, qas }) =>
        qas.map((qa) => ({ id: qa.id, text: qa.question, paragraph: id })),
      ),
    };
  }
  const [folder, language] = [path.dirname(source), path.basename(source)];
  return {
    paragraphs: readJsonl(path.join(folder, `corpus_${language}.jsonl`)).map(({ pid, text }) => ({
      id: pid,
      text,
    })),
    questions: readJsonl(path.join(folder, `questions_${language}.jsonl`)).map(({ qid, query, pid }) => ({
      id: qid,
      text: query,
      paragraph: pid,
    })),
  };
}

const { questions } = read(options.questions);
const { paragraphs, questions: translated } = read(options.paragraphs ?? options.questions);
const lines = (rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
mkdirSync(path.join(options.out, 'qrels'), { recursive: true });
writeFileSync(
  path.join(options.out, 'corpus.jsonl'),
  lines(paragraphs.map(({ id, text }) => ({ _id: id, text }))),
);
writeFileSync(
  path.join(options.out, 'queries.jsonl'),
  lines(questions.map(({ id, text }) => ({ _id: id, text }))),
);
writeFileSync(
  path.join(options.out, 'qrels', 'test.tsv'),
  `query-id\tcorpus-id\tscore\n${questions.map(({ id, paragraph }) => `${id}\t${paragraph}\t1\n`).join('')}`,
);
writeFileSync(path.join(options.out, 'candidates.run'), translated.flatMap(candidatesOf()).join(''));

function candidatesOf() {
  const builder = new Bm25Builder();
  for (const { text } of paragraphs) builder.add(text);
  const index = builder.build();
  return ({ id, text, paragraph }) => {
    const found = index.search(text, CANDIDATES).map(({ index: place }) => paragraphs[place].id);
    const candidates = found.includes(paragraph) ? found : [...found.slice(0, CANDIDATES - 1), paragraph];
    return candidates.map((candidate, i) => `${id} Q0 ${candidate} ${i + 1} ${CANDIDATES - i} bm25\n`);
  };
}
