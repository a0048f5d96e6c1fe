import { UNKNOWN } from './reference-unicode.js';

/** What the reference's own regular expressions (Rust's, not those of a file) take for `\w`: the inside of a class, flag `v`. */
export const WORD_CHARACTER = `[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u200c\\u200d]--[${UNKNOWN}]`;
