import { UNKNOWN } from './reference-unicode.js';

/** Characters that `\w` matches in the reference's own (Rust) regular expressions, not those of a file: the inside of a class, flag `v`. */
export const WORD_CHARACTER = `[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u200c\\u200d]--[${UNKNOWN}]`;
