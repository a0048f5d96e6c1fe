import type { JsonField } from './json-field.js';

const LEAF = 1 << 8;
const WIDE_OFFSET = 1 << 9;
const LABEL = 0x8000_00ff | 0;
const VALUE = 0x7fff_ffff;

/**
 * SentencePiece's table of normalization rules, `precompiled_charsmap` in tokenizer.json (base64). Its bytes are: a
 * little-endian u32 with the size of the trie in bytes; the trie, a Darts-clone double array of u32 units, which is
 * walked by the UTF-8 bytes of the text; then the replacements in UTF-8, each followed by a NUL. The value at a leaf is
 * the byte at which its replacement starts.
 *
 * Source: sentencepiece `src/normalizer.cc`, darts-clone `darts.h`.
 */
export class Charsmap {
  readonly #units: Uint32Array;
  readonly #replacements: Uint8Array;
  readonly #key = new Uint8Array(16);
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  private constructor(units: Uint32Array, replacements: Uint8Array) {
    this.#units = units;
    this.#replacements = replacements;
  }

  /** @throws TokenizationError when the field is not base64 of such a table. */
  static parse(field: JsonField): Charsmap {
    const bytes = decodeBase64(field);
    const view = new DataView(bytes.buffer);
    const trieBytes = bytes.length < 4 ? 0 : view.getUint32(0, true);
    if (trieBytes === 0 || trieBytes % 4 !== 0 || trieBytes > bytes.length - 4) {
      field.fail('must hold a trie that fits into it');
    }
    const units = new Uint32Array(trieBytes / 4);
    for (let i = 0; i < units.length; i++) units[i] = view.getUint32(4 + 4 * i, true);
    return new Charsmap(units, bytes.subarray(4 + trieBytes));
  }

  /**
   * The replacement for the whole of `text` (at most four characters): that of its **shortest** prefix with a rule. The
   * reference tokenizer does this; SentencePiece itself takes the longest prefix. Undefined if no prefix has a rule.
   */
  lookup(text: string): string | undefined {
    const { written } = this.#encoder.encodeInto(text, this.#key);
    let node = offsetOf(this.#units[0] ?? 0);
    for (const byte of this.#key.subarray(0, written)) {
      node ^= byte;
      const unit = this.#units[node];
      // A NUL byte is not a label, because the trie uses it for the value of a leaf.
      if (byte === 0 || unit === undefined || (unit & LABEL) !== byte) return undefined;
      node ^= offsetOf(unit);
      if ((unit & LEAF) !== 0) return this.#replacementAt((this.#units[node] ?? 0) & VALUE);
    }
    return undefined;
  }

  #replacementAt(start: number): string | undefined {
    if (start >= this.#replacements.length) return undefined;
    const end = this.#replacements.indexOf(0, start);
    return this.#decoder.decode(this.#replacements.subarray(start, end === -1 ? undefined : end));
  }
}

function offsetOf(unit: number): number {
  return (unit >>> 10) << ((unit & WIDE_OFFSET) >>> 6);
}

function decodeBase64(field: JsonField): Uint8Array<ArrayBuffer> {
  const encoded = field.string();
  let binary: string;
  try {
    binary = atob(encoded);
  } catch {
    return field.fail('must be base64');
  }
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
