import { elementTexts, memberText } from '../../encoding/raw-json.js';
import type { RankRequest } from '../../reranker/reranker.js';
import { EXIT } from '../exit-codes.js';
import { formatCount, formatPlural } from '../format/format.js';
import { describeDocument, isDocument, toRerankDocument } from '../io/documents.js';
import { openInput } from '../io/input.js';
import type { Io } from '../io/io.js';
import { describeJson, type JsonObject, NO_FIELDS, parseJsonObject, withAnswer } from '../io/jsonl.js';
import { gatherGroups, IDLE_MS, MAX_GROUP_LENGTH } from '../io/line-groups.js';
import { type BadLine, type Line, readLines } from '../io/lines.js';
import { writeOut } from '../io/output.js';
import type { Reporter } from '../io/reporter.js';
import { loadRanker, type ScoreScaleOptions } from '../load.js';
import { toAnswer } from './rerank-answer.js';

/** Options for reading and answering requests. */
export interface RerankLinesOptions extends ScoreScaleOptions {
  readonly input: string;
  readonly topN: number | undefined;
  readonly minCalibratedScore: number | undefined;
  readonly returnDocuments: boolean;
}

/** Fields that the answer adds to a line. A `model` in the line may belong to the request. */
const ANSWERS = ['results', 'usage'];

/** Limits of a group of requests; its pairs share batches. */
const GROUP = { lines: 32, length: MAX_GROUP_LENGTH, idleMs: IDLE_MS };

interface RequestLine {
  readonly request: RankRequest;
  /** The request; all of it except the documents is returned. */
  readonly source: JsonObject;
}

/** Answers lines `{query, documents}` with one JSON value per line, in their order. */
export async function rerankLines(options: RerankLinesOptions, io: Io, reporter: Reporter): Promise<number> {
  const input = await openInput(options.input, io);
  const reranker = await loadRanker(options, io, reporter);
  const counts = { answered: 0, bad: 0 };
  for await (const group of gatherGroups(readLines(input), GROUP)) {
    const lines = group.map((line) => parseRequest(line, input.name));
    const requests = lines.flatMap((line) => ('request' in line ? [line.request] : []));
    const failures = new Map<number, string>();
    const rankings = await reranker.rankMany(requests, {
      signal: io.signal,
      onFailure: ({ message }, request) => failures.set(request, message),
      onProgress: ({ pairs, totalPairs }) =>
        reporter.status(
          () =>
            `${formatPlural(counts.answered, 'request')} answered; ${formatCount(pairs)} of ` +
            `${formatPlural(totalPairs, 'document')} in the next ${requests.length}`,
        ),
    });
    const next = rankings.entries();
    const answers = lines.map((line, i) => {
      const number = group[i]?.number;
      if ('error' in line) {
        return withAnswer(line.source, { error: line.error, line: number }, ANSWERS);
      }
      const [request = 0, ranking = []] = next.next().value ?? [];
      const failure = failures.get(request);
      const answer =
        failure === undefined
          ? { ...toAnswer(reranker.info.model, ranking, options) }
          : { error: `${input.name} line ${number}: ${failure}`, line: number };
      return withAnswer(line.source, answer, ANSWERS, ['documents']);
    });
    reporter.clear();
    await writeOut(io, answers.join(''));
    counts.answered += requests.length - failures.size;
    counts.bad += lines.length - requests.length + failures.size;
  }
  reporter.note(
    `${formatPlural(counts.answered, 'request')} answered, ${formatPlural(counts.bad, 'bad line')}.`,
  );
  return counts.bad > 0 ? EXIT.input : EXIT.ok;
}

function parseRequest({ text, number, problem: ofLine }: Line, name: string): RequestLine | BadLine {
  const bad = (problem: string, source = NO_FIELDS): BadLine => ({
    source,
    error: `${name} line ${number}: ${problem}`,
  });
  const source = ofLine ?? parseJsonObject(text);
  if (typeof source === 'string') {
    return bad(source);
  }
  const { query, documents } = source.fields;
  if (typeof query !== 'string') {
    return bad(`"query" is ${describeJson(query)}; it must be a string.`, source);
  }
  if (!Array.isArray(documents)) {
    return bad(`"documents" is ${describeJson(documents)}; it must be a list.`, source);
  }
  const wrong = documents.findIndex((document) => !isDocument(document));
  if (wrong !== -1) {
    return bad(`"documents"[${wrong}] is ${describeDocument(documents[wrong])}`, source);
  }
  const written = documents.some((document) => typeof document === 'object')
    ? elementTexts(memberText(source.text, 'documents') ?? '[]')
    : [];
  return {
    request: {
      query,
      documents: documents.map((document, i) => toRerankDocument(document, written[i] ?? '')),
    },
    source,
  };
}
