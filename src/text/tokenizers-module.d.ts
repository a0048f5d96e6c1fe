// The package's own type files import each other without file extensions, which Node's resolution does not follow:
// what they re-export is lost. This states the part that is used here.
import type { TrieNode, UnigramConfig } from './vocabulary.js';

declare module '@huggingface/tokenizers' {
  export class Unigram {
    constructor(config: UnigramConfig, endOfSequence: string);
    readonly trie: { readonly root: TrieNode };
    readonly tokens_to_ids: ReadonlyMap<string, number>;
  }
}
