/** Lexical search in memory: `tfjs-reranker/retrieval`. It runs in Node and in browsers, and needs no model. */
export { Bm25Builder, Bm25Index, type Bm25Options, type Bm25Parts, type Hit } from './bm25.js';
export { cutPassages, type Passage, type PassageOptions } from './passages.js';
export { termsOf } from './terms.js';
