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

/** What a model is converted to. */
export interface ConversionOptions {
  /** Of all floating-point weights; undefined leaves each as it is. */
  readonly dtype?: WritableDtype | undefined;
  /** Bytes that a shard may have; undefined writes one file. */
  readonly maxShardBytes?: number | undefined;
  /** The texts that the vocabulary must stay good for; undefined keeps all of it. */
  readonly corpus?: AsyncIterable<string> | undefined;
  /** How often a piece must occur in the corpus to stay. Default 1. */
  readonly minCount?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: ((written: number, total: number) => void) | undefined;
}

/** What became of a model. */
export interface Conversion {
  readonly folder: string;
  /** Bytes of the tensors. */
  readonly weightBytes: { readonly before: number; readonly after: number };
  /** Where the vocabulary was pruned. */
  readonly vocabulary:
    | {
        readonly piecesBefore: number;
        readonly piecesAfter: number;
        /** Of the corpus: how many there are, and how many have a piece that stayed. */
        readonly corpusTokens: number;
        readonly corpusTokensKept: number;
      }
    | undefined;
}

/** Copied as they are; a pruned vocabulary has other ids than sentencepiece.bpe.model and is not in it. */
const COPIED = ['special_tokens_map.json', 'README.md', 'LICENSE', 'sentencepiece.bpe.model'];

/**
 * Writes a model folder anew: its weights in another dtype, in one file or shards, its vocabulary cut down to what a
 * corpus needs. The new folder appears whole or not at all; memory stays small, however large the model is.
 *
 * @throws InputError for a folder that exists, or one inside the model's; WeightNotFoundError and its kin for the model;
 * the signal's reason.
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

/** @throws InputError when the new folder would be the model's, or in it. */
async function assertApart(model: string, target: string): Promise<void> {
  const relative = path.relative(model, await realTarget(target));
  const isOutside = relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative);
  if (!isOutside) {
    throw new InputError(`${target} is the model's folder, or in it. Give another place for the new model.`);
  }
}

/** With the links on the way to it followed, as far as there is something. */
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
      `${model} has no tokenizer.json; the vocabulary of sentencepiece.bpe.model alone is not pruned.`,
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
    throw new InputError('The corpus has no text; a vocabulary is pruned to what a corpus uses.');
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
    // transformers 5 writes "dtype", those before it "torch_dtype": the name that is there stays.
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
