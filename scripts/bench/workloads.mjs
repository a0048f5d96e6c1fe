// The measured workloads: requests, each with the pairs [query, document] of one call.

import { readXquad, spreadOver } from './xquad.mjs';

const LANGUAGES = ['en', 'zh'];
const DOCUMENTS_A_QUERY = 100;
/** Number of pairs in a workload of one length, for a small model and for one of base size. */
const FIXED = {
  'fixed-128': { tokens: 128, pairs: [64, 32] },
  short: { tokens: 20, pairs: [256, 256] },
  long: { tokens: 512, pairs: [16, 8] },
};

export const WORKLOADS = ['fixed-128', 'xquad', 'short', 'long'];

/**
 * @param tokenizer the model's, for counting tokens. @param queries number of queries in `xquad`.
 * @returns {name, requests, pairs, tokens}
 */
export function createWorkload(name, { xquad, tokenizer, isLarge, queries }) {
  const requests =
    name === 'xquad' ? searches(xquad, queries) : [ofOneLength(xquad, tokenizer, FIXED[name], isLarge)];
  return { name, ...count(requests, tokenizer) };
}

function count(requests, tokenizer) {
  const pairs = requests.flat();
  for (const request of requests) {
    if (new Set(request.map((pair) => JSON.stringify(pair))).size < request.length) {
      throw new Error(
        'A request has a pair twice; identical pairs are computed once, so the figures would be too good.',
      );
    }
  }
  const tokens = pairs.reduce((sum, pair) => sum + lengthOf(tokenizer, pair), 0);
  return { requests, pairs: pairs.length, tokens };
}

/** The same workload with the number of documents of a request divided by `times`, but at least two. */
export function thin(workload, times, tokenizer) {
  const requests = workload.requests.map((pairs) =>
    spreadOver(pairs, Math.max(2, Math.round(pairs.length / times))),
  );
  return { name: workload.name, ...count(requests, tokenizer) };
}

const lengthOf = (tokenizer, [query, document], maxLength = 512) =>
  tokenizer.encodePair(query, document, { maxLength, truncation: 'longest_first' }).inputIds.length;

/**
 * Questions, English and Chinese in turn, each with 100 paragraphs: the 50 best of a search in its own language, and
 * their translations.
 */
function searches(folder, queries) {
  const sides = LANGUAGES.map((language) => readXquad(folder, language));
  return Array.from({ length: queries }, (_, i) => {
    const { questions, search } = sides[i % 2];
    const query = questions[Math.floor(((i + 0.5) * questions.length) / queries)];
    const found = search(query, DOCUMENTS_A_QUERY / 2);
    return sides.flatMap(({ paragraphs }) => found.map((paragraph) => [query, paragraphs[paragraph]]));
  });
}

/** Pairs with exactly this number of tokens, English and Chinese in turn: paragraphs, cut to length. */
function ofOneLength(folder, tokenizer, { tokens, pairs }, isLarge) {
  const wanted = pairs[isLarge ? 1 : 0];
  const [english, chinese] = LANGUAGES.map((language) => {
    const { paragraphs, questions } = readXquad(folder, language);
    const text = paragraphs.join(' ');
    const short = questions.filter((query) => lengthOf(tokenizer, [query, '']) <= Math.max(14, tokens / 4));
    return spreadOver(short, wanted).flatMap((query, i) => {
      const start = text.indexOf(paragraphs[(i * 7) % paragraphs.length]);
      const document = cutTo(tokens, query, text.slice(start, start + 20 * tokens), tokenizer);
      return document === undefined ? [] : [[query, document]];
    });
  });
  const mixed = english.flatMap((pair, i) => (chinese[i] === undefined ? [pair] : [pair, chinese[i]]));
  if (mixed.length < wanted) {
    throw new Error(`Only ${mixed.length} pairs of ${tokens} tokens could be made; ${wanted} are needed.`);
  }
  return mixed.slice(0, wanted);
}

/** The longest prefix with which the pair has exactly this number of tokens; undefined if no prefix gives it. */
function cutTo(tokens, query, text, tokenizer) {
  let [low, high] = [0, text.length];
  const lengthAt = (end) => lengthOf(tokenizer, [query, text.slice(0, end)], 100_000);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    [low, high] = lengthAt(middle) <= tokens ? [middle, high] : [low, middle - 1];
  }
  return [0, -1, -2, 1, -3, 2]
    .map((step) => text.slice(0, low + step))
    .find((cut) => lengthAt(cut.length) === tokens);
}
