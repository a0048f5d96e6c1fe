import type { Server } from '../shared/server.js';

interface Token {
  readonly stop: number;
}

const MAX_REMEMBERED = 500;

/** Finds the places in texts where the model stopped reading. */
export class CutPlaces {
  private readonly known = new Map<string, readonly number[]>();

  constructor(private readonly server: Server) {}

  /**
   * The place in each text, in UTF-16 units, where the tokens begin that were cut from its end.
   *
   * @param texts each with the number of tokens that were cut from its end.
   */
  async find(
    texts: readonly { readonly text: string; readonly tokensCut: number }[],
    model: string | undefined,
    signal: AbortSignal,
  ): Promise<number[]> {
    const idOf = (text: string): string => JSON.stringify([model, text]);
    const unknown = [...new Set(texts.map(({ text }) => text))].filter((text) => !this.known.has(idOf(text)));
    if (unknown.length > 0) {
      const body = { inputs: unknown, add_special_tokens: false, ...(model === undefined ? {} : { model }) };
      const lists = await this.server.ask<readonly (readonly Token[])[]>('tokenize', { body, signal });
      if (this.known.size > MAX_REMEMBERED) {
        this.known.clear();
      }
      for (const [i, text] of unknown.entries()) {
        this.known.set(
          idOf(text),
          (lists[i] ?? []).map(({ stop }) => stop),
        );
      }
    }
    return texts.map(({ text, tokensCut }) => {
      const stops = this.known.get(idOf(text)) ?? [];
      return stops[stops.length - tokensCut - 1] ?? 0;
    });
  }
}
