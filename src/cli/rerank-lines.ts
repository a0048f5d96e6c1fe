import type { RankRequest } from '../reranker/reranker.js';
import { describeDocument, isDocument } from './documents.js';
import { EXIT } from './exit-codes.js';
import { formatCount, formatPlural } from './format.js';
import { openInput } from './input.js';
import type { Io } from './io.js';
import { describeJson, NO_FIELDS, parseJsonObject, withFields } from './jsonl.js';
import { type BadLine, type Line, readLines, TOO_LONG } from './lines.js';
import { loadRanker, type ScoreScaleOptions } from './load.js';
import { writeOut } from './output.js';
import type { Reporter } from './reporter.js';
import { toAnswer } from './rerank-answer.js';
import { gatherWindows, IDLE_MS, MAX_WINDOW_LENGTH } from './windows.js';

/** How requests are read and answered. */
export interface RerankLinesOptions extends ScoreScaleOptions {
  readonly input: string;
  readonly topN: number | undefined;
  readonly returnDocuments: boolean;
}

/** Requests whose pairs share batches. */
const WINDOW = { lines: 32, length: MAX_WINDOW_LENGTH, idleMs: IDLE_MS };

interface RequestLine {
  readonly request: RankRequest;
  /** What came with it and goes back. */
  readonly rest: Readonly<Record<string, unknown>>;
}

/** Answers lines `{query, documents}` with a JSON value a line, in their order. */
export async function rerankLines(options: RerankLinesOptions, io: Io, reporter: Reporter): Promise<number> {
  const { name, stream } = await openInput(options.input, io);
  const reranker = await loadRanker(options, io, reporter);
  const counts = { answered: 0, bad: 0 };
  for await (const window of gatherWindows(readLines(stream), WINDOW)) {
    const lines = window.map((line) => parseRequest(line, name));
    const requests = lines.flatMap((line) => ('request' in line ? [line.request] : []));
    const rankings = await reranker.rankMany(requests, {
      signal: io.signal,
      onProgress: ({ pairs, totalPairs }) =>
        reporter.status(
          () =>
            `${formatPlural(counts.answered, 'request')} answered; ${formatCount(pairs)} of ` +
            `${formatPlural(totalPairs, 'document')} in the next ${requests.length}`,
        ),
    });
    const next = rankings.values();
    const answers = lines.map((line, i) =>
      'error' in line
        ? withFields(line.source, { error: line.error, line: window[i]?.number })
        : `${JSON.stringify({ ...line.rest, ...toAnswer(reranker.info.model, next.next().value ?? [], options) })}\n`,
    );
    reporter.clear();
    await writeOut(io, answers.join(''));
    counts.answered += requests.length;
    counts.bad += lines.length - requests.length;
  }
  reporter.note(
    `${formatPlural(counts.answered, 'request')} answered, ${formatPlural(counts.bad, 'bad line')}.`,
  );
  return counts.bad > 0 ? EXIT.input : EXIT.ok;
}

function parseRequest({ text, number, tooLong }: Line, name: string): RequestLine | BadLine {
  const bad = (problem: string, source = NO_FIELDS): BadLine => ({
    source,
    error: `${name} line ${number}: ${problem}`,
  });
  const source = tooLong ? TOO_LONG : parseJsonObject(text);
  if (typeof source === 'string') {
    return bad(source);
  }
  const { query, documents, ...rest } = source.fields;
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
  return { request: { query, documents }, rest: { query, ...rest } };
}
