const FREE = -1;
const NOTHING = -1;

/**
 * The pieces of a vocabulary as a tree of their UTF-16 units, in one hash table with open addressing: a node is the
 * slot that holds the edge to it, found by (parent node, unit). Measured for 250,002 pieces: built in 70 ms, where
 * a tree of maps takes ten times as long, and 21 MB.
 */
export class PieceTrie {
  /** The node of the empty text. */
  readonly root = 0;
  /** Stands for "no such node" and "no such piece". */
  readonly nothing = NOTHING;
  readonly #parents: Int32Array;
  readonly #units: Uint16Array;
  readonly #ids: Int32Array;
  readonly #shift: number;

  /** @param pieces - their ids are their indices; of equal pieces the last one counts, as in the reference */
  constructor(pieces: readonly string[]) {
    const mostNodes = pieces.reduce((sum, piece) => sum + piece.length, 1);
    // At most three quarters full even if no two pieces begin alike; real vocabularies fill a quarter.
    const bits = Math.ceil(Math.log2((mostNodes * 4) / 3));
    this.#shift = 32 - bits;
    this.#parents = new Int32Array(2 ** bits).fill(FREE);
    this.#units = new Uint16Array(2 ** bits);
    this.#ids = new Int32Array(2 ** bits).fill(NOTHING);
    // The root is nobody's child, but its slot must not be given away.
    this.#parents[this.root] = NOTHING - 1;
    for (const [id, piece] of pieces.entries()) this.#ids[this.#insert(piece)] = id;
  }

  /** The node of `node`'s text and then `unit`, or {@link nothing} when no piece begins with that. */
  child(node: number, unit: number): number {
    const slot = this.#find(node, unit);
    return this.#parents[slot] === FREE ? NOTHING : slot;
  }

  /** The id of the piece that ends at `node`, or {@link nothing}. */
  idAt(node: number): number {
    return this.#ids[node] ?? NOTHING;
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

  /** The slot of an edge, or the free one where it belongs. */
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
