/** There is no such node, or no such piece. */
export const NONE = -1;

/** Stored in place of a parent: the slot is free. */
const FREE = -1;
/** The root's "parent": its slot is taken, and it is nobody's child. */
const NOBODY = -2;

/**
 * The pieces of a vocabulary as a tree of their UTF-16 units, in one hash table with open addressing. A node is the
 * slot that holds the edge to it; it is found by its parent and its unit. 250,002 pieces are built in a tenth of the
 * time that a tree of maps takes, and use 21 MB.
 */
export class PieceTrie {
  /** The node of the empty text. */
  readonly root = 0;
  readonly #parents: Int32Array;
  readonly #units: Uint16Array;
  readonly #ids: Int32Array;
  readonly #shift: number;

  /** @param pieces a piece's id is its index; of equal pieces the last one counts, as in the reference */
  constructor(pieces: readonly string[]) {
    const mostNodes = pieces.reduce((sum, piece) => sum + piece.length, 1);
    // At most three quarters are filled, even if no two pieces begin alike. Real vocabularies fill a third or less.
    const bits = Math.ceil(Math.log2((mostNodes * 4) / 3));
    this.#shift = 32 - bits;
    this.#parents = new Int32Array(2 ** bits).fill(FREE);
    this.#units = new Uint16Array(2 ** bits);
    this.#ids = new Int32Array(2 ** bits).fill(NONE);
    this.#parents[this.root] = NOBODY;
    for (const [id, piece] of pieces.entries()) this.#ids[this.#insert(piece)] = id;
  }

  /** The node of `node`'s text followed by `unit`; `NONE` if no piece begins with that text. */
  child(node: number, unit: number): number {
    const slot = this.#find(node, unit);
    return this.#parents[slot] === FREE ? NONE : slot;
  }

  /** The id of the piece that ends at `node`, or `NONE`. */
  idAt(node: number): number {
    return this.#ids[node] ?? NONE;
  }

  /** The id of `piece`, or `NONE`. */
  idOf(piece: string): number {
    let node = this.root;
    for (let at = 0; at < piece.length && node !== NONE; at++) node = this.child(node, piece.charCodeAt(at));
    return node === NONE ? NONE : this.idAt(node);
  }

  /** The id of the longest piece in `text` at `start`, or `NONE`. */
  longestAt(text: string, start: number): number {
    let longest = NONE;
    for (let node = this.root, at = start; at < text.length; at++) {
      node = this.child(node, text.charCodeAt(at));
      if (node === NONE) break;
      const id = this.idAt(node);
      if (id !== NONE) longest = id;
    }
    return longest;
  }

  #insert(piece: string): number {
    let node = this.root;
    for (let at = 0; at < piece.length; at++) {
      const unit = piece.charCodeAt(at);
      const slot = this.#find(node, unit);
      this.#parents[slot] = node;
      this.#units[slot] = unit;
      node = slot;
    }
    return node;
  }

  /** The slot of an edge, or the free slot for it. */
  #find(node: number, unit: number): number {
    const parents = this.#parents;
    let slot = (Math.imul(node, 0x9e37_79b1) + Math.imul(unit, 0x85eb_ca6b)) >>> this.#shift;
    for (;;) {
      const parent = parents[slot];
      if (parent === FREE || (parent === node && this.#units[slot] === unit)) return slot;
      slot = (slot + 1) & (parents.length - 1);
    }
  }
}
