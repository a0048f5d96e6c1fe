import path from 'node:path';
import type { TextPair } from '../../engine/types.js';
import { InputError } from '../../errors/errors.js';
import { writeWhole } from '../../files/write-whole.js';
import type { DatasetRow } from '../../inspection/report/dataset-scores.js';
import { sigmoid } from '../../math/sigmoid.js';
import { isFiniteAnswer, notFinite } from '../../reranker/scores.js';
import { EXIT } from '../exit-codes.js';
import { formatCount, formatPlural } from '../format/format.js';
import type { Io } from '../io/io.js';
import { readPairs } from '../io/pair-file.js';
import { Reporter } from '../io/reporter.js';
import { loadRanker } from '../load.js';
import { type BackendAndDtype, parseSetup } from '../setups.js';
import type { InspectOptions } from './inspect-documents.js';

/**
 * Scores a file of pairs, with a second backend or dtype if requested, and writes a page about them. A pair without a
 * finite logit is reported there and on stderr; the others are shown.
 */
export async function inspectDataset(
  options: InspectOptions & { readonly dataset: string; readonly out: string },
  io: Io,
): Promise<number> {
  const { dataset, out, compare } = options;
  const other = compare === undefined ? undefined : parseSetup(compare);
  const reporter = new Reporter(io, options.quiet);
  const pairs: TextPair[] = [];
  for await (const { query, document } of readPairs(dataset, io)) {
    pairs.push({ query, document });
  }
  if (pairs.length === 0) {
    throw new InputError(`${dataset} has no pairs.`);
  }
  const reranker = await loadRanker(options, io, reporter);
  const scored = await reranker.score(pairs, {
    signal: io.signal,
    onFailure: () => {}, // reported separately, with the failures of the compared model
    onProgress: ({ pairs: done }) =>
      reporter.status(() => `${formatCount(done)} of ${formatPlural(pairs.length, 'pair')}`),
  });
  const { info } = reranker;
  reranker.dispose();
  const otherLogits = other && (await scoreElsewhere(pairs, { ...options, ...other }, io, reporter));
  reporter.clear();
  const all: DatasetRow[] = scored.map(({ logit, usage }, i) => ({
    query: pairs[i]?.query ?? '',
    document: pairs[i]?.document ?? '',
    logit,
    score: sigmoid(logit),
    tokens: usage.tokens,
    tokensCut: usage.queryTokensCut + usage.documentTokensCut,
    otherLogit: otherLogits?.[i] ?? null,
  }));
  const isScored = ({ logit, otherLogit }: DatasetRow): boolean => isFiniteAnswer([logit, otherLogit ?? 0]);
  const rows = all.filter(isScored);
  const failed = all.flatMap((row, i) => (isScored(row) ? [] : [{ ...row, pair: i + 1 }]));
  const failures = failed.map(({ pair }) => notFinite(`${dataset === '-' ? 'stdin' : dataset} pair ${pair}`));
  if (rows.length === 0) {
    throw failures[0];
  }
  for (const { message } of failures) {
    reporter.note(message);
  }
  const { datasetPage } = await import('../../inspection/report/dataset-report.js');
  const page = datasetPage({
    source: dataset === '-' ? 'stdin' : path.basename(dataset),
    model: {
      name: info.model,
      backend: info.backend.description,
      dtype: info.dtype,
      layers: info.config.numHiddenLayers,
      heads: info.config.numAttentionHeads,
      maxLength: info.maxLength,
      truncation: info.truncation,
    },
    compared: other === undefined ? null : `${other.backend}, ${other.dtype}`,
    rows,
    failed,
  });
  await writeWhole(out, page.html);
  reporter.note(`${out} written: ${formatPlural(rows.length, 'pair')}`);
  return failed.length > 0 ? EXIT.input : EXIT.ok;
}

/** Uses another process, because a second model in this one would run on the same backend. */
async function scoreElsewhere(
  pairs: readonly TextPair[],
  { model, backend, dtype, maxLength, truncation, truncationSide }: InspectOptions & BackendAndDtype,
  { signal }: Io,
  reporter: Reporter,
): Promise<number[]> {
  const { RemoteModel } = await import('../../process/remote-model.js');
  const options = { backend, dtype, maxLength, truncation, truncationSide };
  const other = await RemoteModel.open(model, options, { signal });
  try {
    reporter.note(`compared with ${other.info.backend.description}; ${other.info.dtype}`);
    const scored = await other.score(pairs, {
      signal,
      onProgress: ({ pairs: done }) =>
        reporter.status(() => `compared: ${formatCount(done)} of ${formatPlural(pairs.length, 'pair')}`),
    });
    return scored.map(({ logits }) => logits[0] as number);
  } finally {
    other.dispose();
  }
}
