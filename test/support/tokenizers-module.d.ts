// The package's own type files import each other without file extensions, which Node's resolution does not follow:
// what they re-export is lost. This states the part that is used here.
declare module '@huggingface/tokenizers' {
  export class Unigram {
    constructor(config: object, endOfSequence: string);
    readonly tokens_to_ids: ReadonlyMap<string, number>;
    readonly unk_token_id: number;
    /** The pieces of a word; unknown characters one by one. */
    tokenize(word: string): string[];
  }

  export class Tokenizer {
    constructor(tokenizerJson: object, tokenizerConfigJson: object);
    encode(text: string, options: { readonly add_special_tokens: boolean }): { readonly ids: number[] };
  }
}

export {};
