import type { Hono } from 'hono';
import type { TokenizedText } from '../../text/tokenized.js';
import { readJsonBody } from '../body.js';
import type { AppDeps, AppEnv } from '../context.js';
import { HttpError } from '../http-error.js';
import { parseBody, TOKENIZE_BODY } from '../schemas.js';

/** `/tokenize`: a text's tokens without special ones, for text-embeddings-inference's `inputs` or vLLM's `prompt`. */
export function addTokenizeRoute(app: Hono<AppEnv>, { models, settings }: AppDeps): void {
  app.post('/tokenize', async (c) => {
    const { body } = parseBody(TOKENIZE_BODY, await readJsonBody(c.req.raw, settings.limits), settings);
    const { model } = models.choose(body.model);
    const given = body.inputs ?? body.prompt ?? undefined;
    if (given === undefined) {
      throw new HttpError(400, 'invalid_request', 'The request is not understood. inputs: missing');
    }
    const texts = [given].flat();
    const characters = texts.reduce((sum, text) => sum + text.length, 0);
    if (texts.length > settings.limits.maxDocuments || characters > settings.limits.maxCharacters) {
      throw new HttpError(413, 'too_large', 'There are more texts or characters than one request may have.');
    }
    const { host } = model;
    const tokenized: TokenizedText[] = [];
    for (const text of texts) {
      tokenized.push(await host.current().tokenize(text));
    }
    c.get('facts').model = model.name;
    if (body.inputs !== undefined && body.inputs !== null) {
      return c.json(tokenized.map((tokens, i) => listTokens(tokens, texts[i] as string)));
    }
    const [{ ids }] = tokenized as [TokenizedText];
    return c.json({ count: ids.length, max_model_len: host.loaded.info.maxLength, tokens: [...ids] });
  });
}

/** `start` and `stop` are UTF-16 units of the text, as in JavaScript. */
function listTokens({ ids, starts, ends }: TokenizedText, text: string) {
  return Array.from(ids, (id, i) => ({
    id,
    text: text.slice(starts[i], ends[i]),
    special: false,
    start: starts[i],
    stop: ends[i],
  }));
}
