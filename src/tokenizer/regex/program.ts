import type { CharacterSet } from './character-set.js';

/** Conditions on a place, which take no characters. */
export type Assertion =
  | 'line_start'
  | 'line_end'
  | 'string_start'
  | 'string_end'
  | 'string_end_newline'
  | 'word_boundary'
  | 'no_word_boundary';

/** Numbers of the steps: a `switch` over small integers is what the engine does fastest. */
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
 * One step of a compiled pattern. Steps go on to the next one unless they say otherwise.
 *
 * - `run`: as many characters of the set as there are, then one less after the other, `min` at the least; `keep`
 *   gives none back (possessive)
 * - `split`: to `first`, and to `second` when that failed
 * - `mark` and `commit`: what was tried between them is not tried otherwise any more (atomic group)
 * - `mark` and `lookEnd`: the same, and back to the place of the mark (look ahead)
 * - `avoid` and `avoidEnd`: goes on at `otherwise` when what is between them fails, fails when that matches
 * - `back` and `backEnd`: back by `length` characters, and what follows must end where it went back from
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
  /** What `\b` divides by. */
  readonly word: CharacterSet;
}
