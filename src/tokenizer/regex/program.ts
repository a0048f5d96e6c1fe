import type { CharacterSet } from './character-set.js';

/** Conditions on a place; they consume no characters. */
export type Assertion =
  | 'line_start'
  | 'line_end'
  | 'string_start'
  | 'string_end'
  | 'string_end_newline'
  | 'word_boundary'
  | 'no_word_boundary';

/** Steps are numbers, because a `switch` over small integers is fastest. */
export const OP = {
  character: 0,
  set: 1,
  run: 2,
  split: 3,
  jump: 4,
  assert: 5,
  mark: 6,
  commit: 7,
  lookEnd: 8,
  avoid: 9,
  avoidEnd: 10,
  back: 11,
  backEnd: 12,
  match: 13,
} as const;

/**
 * One step of a compiled pattern. Steps continue with the next one unless noted.
 *
 * - `run`: consumes as many characters of the set as possible, then one less after each failure, but at least `min`;
 *   `keep` gives none back (possessive)
 * - `split`: continues at `first`, and at `second` if that fails
 * - `mark` and `commit`: no other way is tried between them after they have matched (atomic group)
 * - `mark` and `lookEnd`: the same, then back to the place of the mark (lookahead)
 * - `avoid` and `avoidEnd`: continues at `otherwise` if what is between them fails, and fails if it matches
 * - `back` and `backEnd`: goes back by `length` characters; what follows must end where it started from
 */
export type Step =
  | { readonly op: typeof OP.character; readonly code: number }
  | { readonly op: typeof OP.set; readonly set: CharacterSet }
  | {
      readonly op: typeof OP.run;
      readonly set: CharacterSet;
      readonly min: number;
      readonly max: number;
      readonly keep: boolean;
    }
  | { readonly op: typeof OP.split; first: number; second: number }
  | { readonly op: typeof OP.jump; to: number }
  | { readonly op: typeof OP.assert; readonly assertion: Assertion }
  | { readonly op: typeof OP.mark; readonly id: number }
  | { readonly op: typeof OP.commit; readonly id: number }
  | { readonly op: typeof OP.lookEnd; readonly id: number }
  | { readonly op: typeof OP.avoid; readonly id: number; otherwise: number }
  | { readonly op: typeof OP.avoidEnd; readonly id: number }
  | { readonly op: typeof OP.back; readonly length: number }
  | { readonly op: typeof OP.backEnd; readonly id: number }
  | { readonly op: typeof OP.match };

/** A compiled pattern. */
export interface Program {
  readonly steps: readonly Step[];
  /** The characters between which `\b` makes a difference. */
  readonly word: CharacterSet;
}
