import { TokenizationError } from '../errors/errors.js';
import { readFields, type WireField } from './protobuf.js';

/** Kinds of pieces: numbers of `ModelProto.SentencePiece.Type`. */
export const PIECE_TYPE = { normal: 1, unknown: 2, control: 3, userDefined: 4 } as const;

/** A row of the vocabulary. */
export interface SentencePiece {
  readonly piece: string;
  /** Log probability. */
  readonly score: number;
  /** One of {@link PIECE_TYPE}, or another number. */
  readonly type: number;
}

/** A SentencePiece model of the kind "unigram". */
export interface SentencePieceModel {
  readonly pieces: readonly SentencePiece[];
  /** The normalization table, as in the file; empty if there is none. */
  readonly charsmap: Uint8Array;
  /** Whether a space is put before a text. */
  readonly addDummyPrefix: boolean;
}

/** Fields of ModelProto, TrainerSpec, NormalizerSpec and SentencePiece, by their numbers. */
const MODEL = { pieces: 1, trainer: 2, normalizer: 3 } as const;
const TRAINER = { modelType: 3, spaceAsSuffix: 24, byteFallback: 35 } as const;
const NORMALIZER = { charsmap: 2, addDummyPrefix: 3, removeExtraSpaces: 4, escapeSpaces: 5 } as const;
const PIECE = { piece: 1, score: 2, type: 3 } as const;
const UNIGRAM = 1;

/**
 * Reads the protobuf message that SentencePiece writes: `sentencepiece.bpe.model`, which despite its name holds a
 * unigram vocabulary.
 *
 * @param source the file, for messages
 * @throws TokenizationError if it is no such file, or needs what this project does not support: other kinds of models,
 *   byte fallback, spaces that are kept or put after words
 * @see https://github.com/google/sentencepiece/blob/v0.2.0/src/sentencepiece_model.proto
 */
export function parseSentencePieceModel(bytes: Uint8Array, source: string): SentencePieceModel {
  const pieces: SentencePiece[] = [];
  let trainer: ReadonlyMap<number, WireField['value']> = new Map();
  let normalizer = trainer;
  for (const { number, value } of readFields(bytes, source)) {
    if (number === MODEL.pieces) pieces.push(parsePiece(toBytes(value, source), source));
    if (number === MODEL.trainer) trainer = fieldsOf(toBytes(value, source), source);
    if (number === MODEL.normalizer) normalizer = fieldsOf(toBytes(value, source), source);
  }
  const refuse = (what: string): never => {
    throw new TokenizationError(`${source} ${what}. Save the tokenizer as tokenizer.json with transformers.`);
  };
  if (pieces.length === 0) refuse('holds no pieces: it is no SentencePiece model');
  if ((trainer.get(TRAINER.modelType) ?? UNIGRAM) !== UNIGRAM)
    refuse('is no unigram model (others are not supported)');
  if ((trainer.get(TRAINER.byteFallback) ?? 0) !== 0) refuse('uses byte fallback, which is not supported');
  if ((trainer.get(TRAINER.spaceAsSuffix) ?? 0) !== 0)
    refuse('puts spaces after words, which is not supported');
  if ((normalizer.get(NORMALIZER.removeExtraSpaces) ?? 1) === 0)
    refuse('keeps all spaces, which is not supported');
  if ((normalizer.get(NORMALIZER.escapeSpaces) ?? 1) === 0)
    refuse('does not mark spaces, which is not supported');
  return {
    pieces,
    charsmap: toBytes(normalizer.get(NORMALIZER.charsmap) ?? new Uint8Array(), source),
    addDummyPrefix: (normalizer.get(NORMALIZER.addDummyPrefix) ?? 1) !== 0,
  };
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function parsePiece(bytes: Uint8Array, source: string): SentencePiece {
  let piece = '';
  let score = 0;
  let type: number = PIECE_TYPE.normal;
  for (const { number, value } of readFields(bytes, source)) {
    if (number === PIECE.piece) piece = decoder.decode(toBytes(value, source));
    if (number === PIECE.score) score = toFloat(toBytes(value, source), source);
    if (number === PIECE.type && typeof value === 'number') type = value;
  }
  return { piece, score, type };
}

/** The last value of each field. */
function fieldsOf(bytes: Uint8Array, source: string): ReadonlyMap<number, WireField['value']> {
  return new Map(Array.from(readFields(bytes, source), ({ number, value }) => [number, value]));
}

function toBytes(value: WireField['value'], source: string): Uint8Array {
  if (typeof value !== 'number') return value;
  throw new TokenizationError(`${source} is no SentencePiece model: an integer stands where bytes belong.`);
}

function toFloat(bytes: Uint8Array, source: string): number {
  if (bytes.length === 4) return new DataView(bytes.buffer, bytes.byteOffset).getFloat32(0, true);
  throw new TokenizationError(
    `${source} is no SentencePiece model: a score has ${bytes.length} bytes instead of 4.`,
  );
}
