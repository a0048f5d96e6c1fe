const STORED_KEY = 'tfjs-reranker.key';

/** An error answer of the server; status 0 if it did not answer. */
export class ServerError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** The body of a request, and the signal that aborts it. */
interface Question {
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** The server that the page came from, and the key for calling it. */
export class Server {
  private secret = readStored();

  get key(): string {
    return this.secret;
  }

  /** Kept while the tab is open, if the browser allows it; an empty key is forgotten. */
  set key(key: string) {
    this.secret = key;
    try {
      if (key === '') {
        sessionStorage.removeItem(STORED_KEY);
      } else {
        sessionStorage.setItem(STORED_KEY, key);
      }
    } catch {
      // The key is kept in memory only.
    }
  }

  /** The whole address of a path. It is relative to the page, because a proxy may serve it under a prefix. */
  addressOf(path: string): string {
    return new URL(path, document.baseURI).href;
  }

  /**
   * GETs a path, or POSTs a body to it.
   *
   * @throws ServerError with the server's message; AbortError if the signal came first.
   */
  async ask<T>(path: string, { body, signal }: Question = {}): Promise<T> {
    return parse(await this.fetchText(path, { body, signal })) as T;
  }

  /** The same, for an answer that is text of the given content type. */
  async fetchText(
    path: string,
    { body, accept, signal }: Question & { readonly accept?: string } = {},
  ): Promise<string> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(this.addressOf(path), {
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          ...(this.secret === '' ? {} : { Authorization: `Bearer ${this.secret}` }),
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...(accept === undefined ? {} : { Accept: accept }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      });
      text = await response.text();
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') {
        throw error;
      }
      throw new ServerError(0, 'The server does not answer. Is it still running?');
    }
    if (!response.ok) {
      throw new ServerError(response.status, messageOf(parse(text)) ?? (text || response.statusText));
    }
    return text;
  }
}

function messageOf(json: unknown): string | undefined {
  const message = (json as { message?: unknown } | undefined)?.message;
  return typeof message === 'string' ? message : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readStored(): string {
  try {
    return sessionStorage.getItem(STORED_KEY) ?? '';
  } catch {
    return '';
  }
}
