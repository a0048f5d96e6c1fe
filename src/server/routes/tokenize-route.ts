import type { Hono } from 'hono';
import { runInTurns } from '../../process/turns.js';
import type { TokenizedText } from '../../tokenizer/tokenized.js';
import type { PairTokenizer } from '../../tokenizer/tokenizer.js';
import { parseBody, TOKENIZE_BODY } from '../dialects/schemas.js';
import type { AppDeps, AppEnv } from '../http/context.js';
import { HttpError } from '../http/http-error.js';
import { createRequestSignal } from '../http/request-signal.js';
import type { ServedModel } from '../queue/models.js';

/** `/tokenize`: a text's tokens, for text-embeddings-inference's `inputs` or vLLM's `prompt`. */
export function addTokenizeRoute(app: Hono<AppEnv>, deps: AppDeps): void {
  const { models, bodies, settings } = deps;
  app.post('/tokenize', async (c) => {
    const { json, release } = await bodies.read(c.env.incoming);
    try {
      const { body } = parseBody(TOKENIZE_BODY, json, settings);
      const { model } = models.choose(body.model);
      c.get('facts').model = model.name;
      const given = body.inputs ?? body.prompt;
      if (given === undefined || given === null) {
        throw new HttpError(400, 'invalid_request', 'The request is not understood. inputs: missing');
      }
      const texts = [given].flat();
      if (texts.length > settings.limits.maxDocuments) {
        throw new HttpError(
          413,
          'too_large',
          `There are ${texts.length} texts; at most ${settings.limits.maxDocuments} are accepted in one request.`,
        );
      }
      const tokenized = await tokenize(deps, model, texts, c.req.raw.signal);
      const {
        tokenizer: { aroundText },
        info,
      } = model.remote;
      const around = body.add_special_tokens === false ? NOTHING : aroundText;
      const lists = tokenized.map((tokens, i) => listTokens(tokens, texts[i] as string, around));
      if (body.inputs !== undefined && body.inputs !== null) {
        return c.json(lists);
      }
      const ids = lists.flatMap((tokens) => tokens.map(({ id }) => id));
      return c.json({ count: ids.length, max_model_len: info.maxLength, tokens: ids });
    } finally {
      release();
    }
  });
}

async function tokenize(
  { settings: { limits }, lifecycle }: AppDeps,
  { remote: { tokenizer }, turns }: ServedModel,
  texts: readonly string[],
  client: AbortSignal,
): Promise<TokenizedText[]> {
  const characters = texts.reduce((sum, text) => sum + text.length, 0);
  if (characters > limits.maxCharacters) {
    throw new HttpError(
      413,
      'too_large',
      `The texts have ${characters} characters; at most ${limits.maxCharacters} are accepted in one request.`,
    );
  }
  const { signal, release } = createRequestSignal(client, lifecycle.deadline, limits.requestTimeoutMs);
  const tokenized: TokenizedText[] = [];
  try {
    for (const text of texts) {
      tokenized.push(await runInTurns(turns, tokenizer.tokenizeSteps(text), signal));
    }
    return tokenized;
  } finally {
    release();
  }
}

type Around = PairTokenizer['aroundText'];

const NOTHING: Around = { before: [], after: [] };

/** `start` and `stop` are UTF-16 units of the text, as in JavaScript; special tokens have no place in it. */
function listTokens({ ids, starts, ends }: TokenizedText, text: string, { before, after }: Around) {
  const special = (tokens: Around['before']) =>
    tokens.map(({ id, piece }) => ({ id, text: piece, special: true, start: null, stop: null }));
  return [
    ...special(before),
    ...Array.from(ids, (id, i) => ({
      id,
      text: text.slice(starts[i], ends[i]),
      special: false,
      start: starts[i],
      stop: ends[i],
    })),
    ...special(after),
  ];
}
