import { copyFile, readdir, readFile, realpath, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { decodeText } from '../../encoding/text-encoding.js';
import { InputError } from '../../errors/errors.js';
import { makeFolder } from '../../files/make-folder.js';
import { readTokenizer } from '../../hub/read-model.js';
import { openCheckpoint } from '../../weights/checkpoint.js';
import type { WritableDtype } from '../../weights/format/dtype.js';
import { pruneTokenizer } from './pruned-tokenizer.js';
import { writeWeights } from './write-weights.js';

/** Options of a conversion. */
export interface ConversionOptions {
  /** dtype of all floating-point weights; undefined keeps each as it is. */
  readonly dtype?: WritableDtype | undefined;
  /** Largest size of a shard in bytes; undefined writes one file. */
  readonly maxShardBytes?: number | undefined;
  /** Texts; pieces that they do not use are removed from the vocabulary. Undefined keeps all pieces. */
  readonly corpus?: AsyncIterable<string> | undefined;
  /** Least number of occurrences of a kept piece in the corpus. Default 1. */
  readonly minCount?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: ((written: number, total: number) => void) | undefined;
}

/** The result of a conversion. */
export interface Conversion {
  readonly folder: string;
  /** Bytes of the tensors. */
  readonly weightBytes: { readonly before: number; readonly after: number };
  /** Only if the vocabulary was pruned. */
  readonly vocabulary:
    | {
        readonly piecesBefore: number;
        readonly piecesAfter: number;
        /** Number of tokens in the corpus, and number of those whose piece was kept. */
        readonly corpusTokens: number;
        readonly corpusTokensKept: number;
      }
    | undefined;
}

/** Copied unchanged. A pruned model does not get sentencepiece.bpe.model, because its ids differ. */
const COPIED = ['special_tokens_map.json', 'README.md', 'LICENSE', 'sentencepiece.bpe.model'];

/**
 * Writes a model folder in another form: other dtype, one file or shards, a vocabulary reduced to what a corpus needs.
 * The new folder appears only when it is complete. Memory stays small, however large the model is.
 *
 * @throws InputError for a folder that exists, or one inside the model's; errors of the checkpoint, such as
 * WeightNotFoundError; the signal's reason.
 */
export async function convertModel(
  model: string,
  out: string,
  options: ConversionOptions = {},
): Promise<Conversion> {
  const target = path.resolve(out);
  await assertApart(await realpath(model), target);
  const names = await readdir(model);
  const tokenizer = await readTokenizer(model);
  const pruned =
    options.corpus && (await prune(model, options.corpus, options.minCount ?? 1, options.signal));
  const checkpoint = await openCheckpoint(model);
  try {
    let after = 0;
    await makeFolder(target, async (folder) => {
      after = await writeWeights(
        checkpoint,
        folder,
        { dtype: options.dtype, keptIds: pruned?.keptIds, maxShardBytes: options.maxShardBytes },
        (written, total) => {
          options.signal?.throwIfAborted();
          options.onBytes?.(written, total);
        },
      );
      await writeConfig(model, folder, options.dtype, pruned?.keptIds.length);
      await writeTokenizer(model, folder, names, pruned);
      for (const name of COPIED.filter((file) => names.includes(file))) {
        if (pruned === undefined || name !== 'sentencepiece.bpe.model') {
          await copyFile(path.join(model, name), path.join(folder, name));
        }
      }
    });
    return {
      folder: target,
      weightBytes: { before: checkpoint.byteLength, after },
      vocabulary: pruned && {
        piecesBefore: tokenizer.vocabSize,
        piecesAfter: pruned.keptIds.length,
        corpusTokens: pruned.corpusTokens,
        corpusTokensKept: pruned.corpusTokensKept,
      },
    };
  } finally {
    await checkpoint.close();
  }
}

/** @throws InputError if the new folder is the model's folder or inside it. */
async function assertApart(model: string, target: string): Promise<void> {
  const relative = path.relative(model, await realTarget(target));
  const isOutside = relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative);
  if (!isOutside) {
    throw new InputError(
      `${target} is the model's folder or inside it. Choose another place for the new model.`,
    );
  }
}

/** The path with the links on its existing part followed. */
async function realTarget(target: string): Promise<string> {
  const parent = path.dirname(target);
  return realpath(target).catch(async () =>
    parent === target ? target : path.join(await realTarget(parent), path.basename(target)),
  );
}

interface Pruned {
  readonly tokenizerJson: unknown;
  readonly keptIds: Int32Array;
  readonly corpusTokens: number;
  readonly corpusTokensKept: number;
}

async function prune(
  model: string,
  corpus: AsyncIterable<string>,
  minCount: number,
  signal: AbortSignal | undefined,
): Promise<Pruned> {
  if (!(await readdir(model)).includes('tokenizer.json')) {
    throw new InputError(
      `${model} has no tokenizer.json; a vocabulary in sentencepiece.bpe.model alone cannot be pruned.`,
    );
  }
  const tokenizer = await readTokenizer(model);
  const counts = new Uint32Array(tokenizer.vocabSize);
  for await (const text of corpus) {
    signal?.throwIfAborted();
    for (const id of tokenizer.encode(text)) {
      counts[id] = (counts[id] ?? 0) + 1;
    }
  }
  const corpusTokens = counts.reduce((sum, count) => sum + count, 0);
  if (corpusTokens === 0) {
    throw new InputError('The corpus has no text; it must have the texts that decide which pieces are kept.');
  }
  const json: unknown = await readJson(path.join(model, 'tokenizer.json'));
  const { tokenizerJson, keptIds } = pruneTokenizer(json, counts, minCount);
  const corpusTokensKept = keptIds.reduce((sum, id) => sum + (counts[id] ?? 0), 0);
  return { tokenizerJson, keptIds, corpusTokens, corpusTokensKept };
}

const TORCH_NAMES: Record<WritableDtype, string> = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' };

async function writeConfig(
  model: string,
  folder: string,
  dtype: WritableDtype | undefined,
  vocabSize: number | undefined,
): Promise<void> {
  const config = (await readJson(path.join(model, 'config.json'))) as Record<string, unknown>;
  if (dtype !== undefined) {
    // transformers 5 writes "dtype", earlier versions "torch_dtype"; the existing name is kept.
    config['dtype' in config ? 'dtype' : 'torch_dtype'] = TORCH_NAMES[dtype];
  }
  if (vocabSize !== undefined) {
    config.vocab_size = vocabSize;
  }
  await writeJson(folder, 'config.json', config);
}

async function writeTokenizer(
  model: string,
  folder: string,
  names: readonly string[],
  pruned: Pruned | undefined,
): Promise<void> {
  if (pruned === undefined) {
    for (const name of ['tokenizer.json', 'tokenizer_config.json'].filter((file) => names.includes(file))) {
      await copyFile(path.join(model, name), path.join(folder, name));
    }
    return;
  }
  await writeFile(path.join(folder, 'tokenizer.json'), JSON.stringify(pruned.tokenizerJson));
  if (names.includes('tokenizer_config.json')) {
    const config = (await readJson(path.join(model, 'tokenizer_config.json'))) as {
      added_tokens_decoder?: Record<string, unknown>;
    };
    const decoder = config.added_tokens_decoder;
    await writeJson(folder, 'tokenizer_config.json', {
      ...config,
      ...(decoder && { added_tokens_decoder: renumberKeys(decoder, pruned.keptIds) }),
    });
  }
}

/** The added tokens by their new ids; every added token was kept. */
function renumberKeys(decoder: Record<string, unknown>, keptIds: Int32Array): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(decoder).map(([id, token]) => [keptIds.indexOf(Number(id)), token]),
  );
}

async function writeJson(folder: string, name: string, content: unknown): Promise<void> {
  await writeFile(path.join(folder, name), `${JSON.stringify(content, undefined, 2)}\n`);
}

async function readJson(file: string): Promise<unknown> {
  return JSON.parse(decodeText(await readFile(file), file));
}
