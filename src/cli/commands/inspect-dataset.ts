import path from 'node:path';
import { createBatch } from '../../batching/batch.js';
import { planBatches } from '../../batching/planner.js';
import type { TextPair } from '../../engine/scorer.js';
import { isFiniteAnswer, notFinite, sigmoid } from '../../engine/scores.js';
import { InputError } from '../../errors/errors.js';
import { writeWhole } from '../../files/write-whole.js';
import type { DatasetRow } from '../../inspection/report/dataset-scores.js';
import type { BackendRequest } from '../../kernels/backend.js';
import type { ModelDtype } from '../../kernels/model-dtype.js';
import { ModelProcess } from '../../process/model-process.js';
import { EXIT, UsageError } from '../exit-codes.js';
import { formatCount, formatPlural } from '../format/format.js';
import type { Io } from '../io/io.js';
import { readPairs } from '../io/pair-file.js';
import { Reporter } from '../io/reporter.js';
import { loadRanker } from '../load.js';
import { BACKENDS, DTYPES } from '../options.js';
import type { InspectOptions } from './inspect-documents.js';

/**
 * Scores a file of pairs, with a second backend or dtype where that is asked for, and writes their page. A pair without
 * a finite logit is named there and on stderr, and the others are shown.
 */
export async function inspectDataset(
  options: InspectOptions & { readonly dataset: string; readonly out: string },
  io: Io,
): Promise<number> {
  const { dataset, out, compare } = options;
  const other = compare === undefined ? undefined : parseCompared(compare);
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
    onFailure: () => {}, // it is shown apart, with those of the compared model
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

interface Compared {
  readonly backend: BackendRequest;
  readonly dtype: ModelDtype;
}

/** `node`, `node:bfloat16`. */
function parseCompared(given: string): Compared {
  const [name, type = 'float32'] = given.split(':');
  const backend = BACKENDS.find((known) => known === name);
  const dtype = DTYPES.find((known) => known === type);
  if (backend === undefined || dtype === undefined) {
    throw new UsageError(
      `--compare is BACKEND or BACKEND:DTYPE, of ${BACKENDS.join(', ')} and ${DTYPES.join(', ')}; not ${given}.`,
    );
  }
  return { backend, dtype };
}

/** A second model of this process would be on the same backend: it gets a process of its own. */
async function scoreElsewhere(
  pairs: readonly TextPair[],
  { model, backend, dtype, maxLength, truncation, truncationSide }: InspectOptions & Compared,
  io: Io,
  reporter: Reporter,
): Promise<number[]> {
  const other = await ModelProcess.start(
    { model, options: { backend, dtype, maxLength, truncation, truncationSide } },
    { signal: io.signal },
  );
  try {
    const { info, maxBatchTokens } = other.loaded;
    reporter.note(`compared with ${info.backend.description}; ${info.dtype}`);
    const [encoded = []] = await other.encode([
      {
        pairs,
        options: {
          maxLength: info.maxLength,
          truncation: info.truncation,
          truncationSide: info.truncationSide,
        },
      },
    ]);
    if (encoded instanceof Error) {
      throw encoded;
    }
    const sequences = encoded.map(({ windows }) => windows[0]?.inputIds ?? new Int32Array());
    const logits = new Array<number>(pairs.length);
    let done = 0;
    for (const indices of planBatches(
      sequences.map(({ length }) => length),
      maxBatchTokens,
    )) {
      io.signal.throwIfAborted();
      const batch = createBatch(
        indices.map((i) => sequences[i] as Int32Array),
        info.config.padTokenId,
      );
      const result = await other.run(batch);
      for (const [row, i] of indices.entries()) {
        logits[i] = result.logits[row]?.[0] ?? Number.NaN;
      }
      done += indices.length;
      reporter.status(() => `compared: ${formatCount(done)} of ${formatPlural(pairs.length, 'pair')}`);
    }
    return logits;
  } finally {
    other.close();
  }
}
