import type { PlacedToken } from '../../../../tokenizer/tokenized.js';
import type { PackedAttention } from '../../../attention/packed-attention.js';

/** The part of the pair that the maps show. */
export type Block = 'query-document' | 'document-query' | 'pair';

/** The tokens that attend (rows) and those attended to (columns), as indices. */
export interface Sides {
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}

/** Attention of one pair, unpacked. */
export class AttentionValues {
  readonly layers: number;
  readonly heads: number;
  readonly seq: number;

  private constructor(
    { layers, heads, seq }: PackedAttention,
    private readonly bytes: Uint8Array,
  ) {
    this.layers = layers;
    this.heads = heads;
    this.seq = seq;
  }

  static async unpack(maps: PackedAttention): Promise<AttentionValues> {
    const packed = Uint8Array.from(atob(maps.data), (character) => character.charCodeAt(0));
    const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate'));
    return new AttentionValues(maps, new Uint8Array(await new Response(unpacked).arrayBuffer()));
  }

  /** The attention of one token to another, 0 to 1. */
  at(layer: number, head: number, from: number, to: number): number {
    return (this.bytes[((layer * this.heads + head) * this.seq + from) * this.seq + to] ?? 0) / 255;
  }

  /** The largest attention in a block of one head. */
  strongest(layer: number, head: number, { rows, columns }: Sides): number {
    let largest = 0;
    for (const from of rows) {
      for (const to of columns) {
        largest = Math.max(largest, this.at(layer, head, from, to));
      }
    }
    return largest;
  }

  /** How focused a head is: the mean over rows of the largest attention in each. */
  clarity(layer: number, head: number, { rows, columns }: Sides): number {
    const largest = rows.map((from) => this.strongest(layer, head, { rows: [from], columns }));
    return largest.reduce((sum, share) => sum + share, 0) / Math.max(1, rows.length);
  }
}

/** Rows and columns of a block. */
export function sidesOf(block: Block, tokens: readonly PlacedToken[]): Sides {
  const all = [...tokens.keys()];
  const of = (part: PlacedToken['part']): number[] => all.filter((i) => tokens[i]?.part === part);
  if (block === 'pair') {
    return { rows: all, columns: all };
  }
  const [query, document] = [of('query'), of('document')];
  return block === 'query-document' ? { rows: query, columns: document } : { rows: document, columns: query };
}

/** How dark a share is shown, 0 to 1: by its square root, so that small ones are visible. */
export function darkness(share: number, strongest: number): number {
  return strongest === 0 ? 0 : Math.sqrt(Math.min(1, share / strongest));
}

/** A token as a label, without the mark for a space. */
export function labelOf(token: PlacedToken | undefined): string {
  const piece = token?.piece ?? '';
  const text = piece.replaceAll('▁', ' ').trim();
  return text === '' ? '␣' : text;
}
