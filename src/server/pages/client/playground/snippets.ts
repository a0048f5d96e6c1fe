/** A POST request to be written as code. */
export interface Call {
  readonly url: string;
  readonly body: object;
  /** Whether the server requires a key; the code takes it from the environment. */
  readonly hasKey: boolean;
}

/** The languages that a request can be written in. */
export type Language = 'curl' | 'typescript';

/** The environment variable from which the code takes the key. */
const KEY_VARIABLE = 'RERANK_API_KEY';

/** A request as code that runs as it is. */
export function toCode(language: Language, call: Call): string {
  return language === 'curl' ? toCurl(call) : toTypeScript(call);
}

function toCurl({ url, body, hasKey }: Call): string {
  return [
    `curl ${quoteForShell(url)}`,
    `-H 'Content-Type: application/json'`,
    ...(hasKey ? [`-H "Authorization: Bearer $${KEY_VARIABLE}"`] : []),
    `--data-raw ${quoteForShell(JSON.stringify(body, undefined, 2))}`,
  ].join(' \\\n  ');
}

/** Single quotes protect every character except themselves. */
function quoteForShell(text: string): string {
  return /^[\w:/.-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function toTypeScript({ url, body, hasKey }: Call): string {
  const authorization = hasKey ? `\n    Authorization: \`Bearer \${process.env.${KEY_VARIABLE}}\`,` : '';
  return `const request = ${JSON.stringify(body, undefined, 2)};

const response = await fetch(${JSON.stringify(url)}, {
  method: 'POST',
  headers: {
    'Content-Type': 'application/json',${authorization}
  },
  body: JSON.stringify(request),
});
if (!response.ok) {
  throw new Error(await response.text());
}
const answer = (await response.json()) as { results: { index: number; relevance_score: number }[] };
for (const { index, relevance_score } of answer.results) {
  console.log(relevance_score, request.documents[index]);
}
`;
}
