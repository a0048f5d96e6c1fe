import { type Html, html } from '../../inspection/report/escape.js';
import type { Content, OpenApi, Operation } from './openapi-document.js';
import { alternatives, schemaView } from './schema-view.js';

interface Route extends Operation {
  readonly id: string;
  readonly path: string;
  readonly method: string;
}

/** An API's description for people: a list of links to the routes, then the routes. */
export function apiView(api: OpenApi): Html {
  const routes: Route[] = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      id: operation.operationId,
      path,
      method: method.toUpperCase(),
    })),
  );
  const groups = new Map<string, Route[]>();
  for (const route of routes) {
    const group = route.tags?.[0] ?? 'Other';
    groups.set(group, [...(groups.get(group) ?? []), route]);
  }
  const wantsKey = (api.security ?? []).length > 0;
  return html`<nav class="api-nav" aria-label="Routes">${[...groups].map(
    ([group, routes]) => html`<h2>${group}</h2>
<ul>${routes.map(
      ({ id, method, path }) =>
        html`<li><a href="#${id}"><span class="method" data-method="${method}">${method}</span> ${path}</a></li>`,
    )}</ul>`,
  )}</nav>
<div class="api-routes">${[...groups].map(
    ([group, routes]) => html`<h2 class="api-group">${group}</h2>
${routes.map((route) => routeView(route, wantsKey && route.security?.length !== 0))}`,
  )}</div>`;
}

function routeView(route: Route, wantsKey: boolean): Html {
  const { id, method, path, summary, parameters, requestBody, responses } = route;
  return html`<section class="panel route" id="${id}" tabindex="-1" aria-labelledby="${id}-title">
<h3 id="${id}-title"><span class="method" data-method="${method}">${method}</span> <code>${path}</code>${
    wantsKey && html` <span class="badge">API key</span>`
  }</h3>
<p>${summary}.</p>
${parameters !== undefined && parametersView(parameters)}
${requestBody !== undefined && html`<h4>Request</h4>${contentView(requestBody.content, path)}`}
<h4>Answers</h4>
<dl class="answers">${Object.entries(responses).map(([status, { description, content }]) => {
    const isGood = status.startsWith('2');
    return html`<dt><code class="status" data-good="${String(isGood)}">${status}</code></dt>
<dd>${description}${isGood && content !== undefined && contentView(content, path)}</dd>`;
  })}</dl>
</section>`;
}

function parametersView(parameters: NonNullable<Operation['parameters']>): Html {
  const properties = Object.fromEntries(
    parameters.map(({ name, schema, description }) => [
      name,
      { ...schema, ...(description === undefined ? {} : { description }) },
    ]),
  );
  const required = parameters.filter((parameter) => parameter.required).map(({ name }) => name);
  return html`<h4>Query parameters</h4>${schemaView({ type: 'object', properties, required })}`;
}

function contentView(content: Content, path: string): Html {
  return html`${Object.entries(content).map(([type, { schema, examples = {} }]) => {
    const bodies = alternatives(schema ?? {}).filter((body) => Object.keys(body).length > 0);
    return html`<p class="soft small"><code>${type}</code></p>
${Object.values(examples).map(({ summary, value }, _, { length }) =>
  exampleView(length > 1 ? summary : undefined, value, path),
)}
${bodies.map(
  (body, i) => html`<details>
<summary>${bodies.length > 1 ? `Fields, ${i + 1} of ${bodies.length} shapes` : 'Fields'}${
    body.description !== undefined && `: ${body.description}`
  }</summary>
${schemaView(body)}
</details>`,
)}`;
  })}`;
}

function exampleView(summary: string | undefined, value: unknown, path: string): Html {
  const label = `Example${summary === undefined ? '' : `: ${summary}`}`;
  return html`<figure class="example"><figcaption class="small soft">${label}</figcaption>
<pre class="code" tabindex="0" role="region" aria-label="${label}, ${path}"><code>${JSON.stringify(value, undefined, 2)}</code></pre></figure>`;
}
