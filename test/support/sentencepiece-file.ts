/** The bytes of protobuf messages: as much as a SentencePiece model is made of. */

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return [...bytes, rest];
}

function field(number: number, value: number | Uint8Array): Uint8Array {
  return typeof value === 'number'
    ? Uint8Array.from([...varint(number * 8), ...varint(value)])
    : Buffer.concat([Uint8Array.from([...varint(number * 8 + 2), ...varint(value.length)]), value]);
}

function float(number: number, value: number): Uint8Array {
  const bytes = new Uint8Array(5);
  bytes[0] = number * 8 + 5;
  new DataView(bytes.buffer).setFloat32(1, value, true);
  return bytes;
}

/** Fields of a model file; missing ones have SentencePiece's defaults. */
export interface SentencePieceFile {
  /** After `<unk>`, `<s>` and `</s>`. */
  readonly pieces: readonly (readonly [piece: string, score: number, type?: number])[];
  readonly first?: readonly string[];
  readonly charsmap?: Uint8Array;
  /** By field number. */
  readonly trainer?: Readonly<Record<number, number>>;
  readonly normalizer?: Readonly<Record<number, number>>;
}

/** A `sentencepiece.bpe.model`. */
export function sentencePieceFile(file: SentencePieceFile): Uint8Array {
  const { pieces, first = ['<unk>', '<s>', '</s>'], charsmap, trainer = {}, normalizer = {} } = file;
  const numbers = (fields: Readonly<Record<number, number>>) =>
    Object.entries(fields).map(([number, value]) => field(Number(number), value));
  const rows = [...first.map((piece, id) => [piece, 0, id === 0 ? 2 : 3] as const), ...pieces];
  return Buffer.concat([
    ...rows.map(([piece, score, type]) =>
      field(
        1,
        Buffer.concat([
          field(1, Buffer.from(piece)),
          float(2, score),
          ...(type === undefined ? [] : [field(3, type)]),
        ]),
      ),
    ),
    field(2, Buffer.concat(numbers({ 3: 1, ...trainer }))),
    field(3, Buffer.concat([...(charsmap ? [field(2, charsmap)] : []), ...numbers(normalizer)])),
  ]);
}
