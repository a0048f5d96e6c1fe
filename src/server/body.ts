import { HttpError } from './http-error.js';
import type { Limits } from './settings.js';

/** Arrays and objects in one another: far more than any request has, far less than what breaks a recursion. */
const MAX_DEPTH = 32;

/**
 * Reads a request's body as a JSON object, whatever its content type says.
 *
 * @throws HttpError 413 too large, 408 too slow, 400 no UTF-8, no JSON, no object, or too deep.
 */
export async function readJsonBody(
  request: Request,
  { maxBodyBytes, bodyTimeoutMs }: Pick<Limits, 'maxBodyBytes' | 'bodyTimeoutMs'>,
): Promise<Readonly<Record<string, unknown>>> {
  if (Number(request.headers.get('content-length')) > maxBodyBytes) {
    throw tooLarge(maxBodyBytes);
  }
  const bytes = await readBytes(request, maxBodyBytes, bodyTimeoutMs);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    const what = cause instanceof SyntaxError ? `not JSON${placeIn(cause)}` : 'not UTF-8';
    throw new HttpError(400, 'invalid_request', `The body is ${what}; send a JSON object.`, {}, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new HttpError(400, 'invalid_request', 'The body is not a JSON object.');
  }
  assertShallow(value);
  return value as Readonly<Record<string, unknown>>;
}

async function readBytes(request: Request, maxBytes: number, timeoutMs: number): Promise<Uint8Array> {
  const reader = request.body?.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    reader?.cancel().catch(() => {});
  }, timeoutMs);
  try {
    for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
      size += part.value.length;
      if (size > maxBytes) {
        reader?.cancel().catch(() => {});
        throw tooLarge(maxBytes);
      }
      chunks.push(part.value);
    }
  } catch (cause) {
    if (cause instanceof HttpError) {
      throw cause;
    }
    throw new HttpError(499, 'client_closed', 'The client left before its request was whole.', {}, { cause });
  } finally {
    clearTimeout(timer);
  }
  if (late) {
    throw new HttpError(408, 'timeout', `The body did not arrive within ${timeoutMs / 1000} s.`, {
      Connection: 'close',
    });
  }
  return Buffer.concat(chunks);
}

function tooLarge(maxBytes: number): HttpError {
  return new HttpError(413, 'too_large', `The body is larger than ${maxBytes} bytes.`, {
    Connection: 'close',
  });
}

/** Where the JSON is wrong, without the text around it: that may be a document. */
function placeIn({ message }: SyntaxError): string {
  const place = /at position \d+( \(line \d+ column \d+\))?/.exec(message)?.[0];
  return place === undefined ? '' : ` ${place}`;
}

function assertShallow(value: object): void {
  const open: { readonly value: object; readonly depth: number }[] = [{ value, depth: 1 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.depth > MAX_DEPTH) {
      throw new HttpError(400, 'invalid_request', `The body is nested deeper than ${MAX_DEPTH} levels.`);
    }
    for (const inner of Object.values(next.value)) {
      if (typeof inner === 'object' && inner !== null) {
        open.push({ value: inner, depth: next.depth + 1 });
      }
    }
  }
}
