import { type Html, html } from './escape.js';
import type { Schema } from './openapi.js';

/** A field of a body, under the path that leads to it. */
export interface Field {
  /** Such as `results[].tokens.used`; empty for the whole body. */
  readonly path: string;
  readonly type: string;
  readonly required: boolean;
  readonly description: string;
}

/** Every field of a schema, those of inner objects behind the one that holds them. */
export function fieldsOf(schema: Schema, path = '', required = true): Field[] {
  const inner = unwrap(schema);
  const own: Field[] =
    path === ''
      ? []
      : [
          {
            path,
            type: typeOf(schema),
            required,
            description: schema.description ?? inner.description ?? '',
          },
        ];
  const items = inner.type === 'array' && inner.items !== undefined ? unwrap(inner.items) : undefined;
  const [holder, at] = items?.properties === undefined ? [inner, path] : [items, `${path}[]`];
  const fields = Object.entries(holder.properties ?? {}).flatMap(([name, field]) =>
    fieldsOf(field, at === '' ? name : `${at}.${name}`, holder.required?.includes(name) ?? false),
  );
  return [...own, ...fields];
}

/** The bodies that a schema allows, where it allows several. */
export function alternatives(schema: Schema): readonly Schema[] {
  return schema.anyOf ?? [schema];
}

/** A schema's fields as a table. */
export function schemaView(schema: Schema): Html {
  const fields = fieldsOf(schema);
  if (fields.length === 0) {
    return html`<p class="soft">${typeOf(schema)}</p>`;
  }
  return html`<div class="scroll-x" tabindex="0" role="region" aria-label="Fields"><table>
<thead><tr><th scope="col">Field</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
<tbody>${fields.map(
    ({ path, type, required, description }) => html`<tr>
<th scope="row"><code>${path}</code>${required && html` <span class="required">required</span>`}</th>
<td><code>${type}</code></td>
<td>${description}</td>
</tr>`,
  )}</tbody></table></div>`;
}

/** A type in words: `integer ≥ 1`, `string or null`, `(string or object)[]`. */
export function typeOf(schema: Schema): string {
  if (schema.const !== undefined) {
    return JSON.stringify(schema.const);
  }
  if (schema.enum !== undefined) {
    return schema.enum.map((value) => JSON.stringify(value)).join(' or ');
  }
  if (schema.anyOf !== undefined) {
    return schema.anyOf.map(typeOf).join(' or ');
  }
  if (schema.type === 'array') {
    const item = typeOf(schema.items ?? {});
    return item.includes(' ') ? `(${item})[]` : `${item}[]`;
  }
  return `${schema.type ?? 'any'}${boundsOf(schema)}`;
}

function boundsOf({ minimum, maximum }: Schema): string {
  const isBound = (bound: number | undefined): bound is number =>
    bound !== undefined && Number.isFinite(bound) && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
  return `${isBound(minimum) ? ` ≥ ${minimum}` : ''}${isBound(maximum) ? ` ≤ ${maximum}` : ''}`;
}

/** The schema that is meant, where `null` may stand in its place. */
function unwrap(schema: Schema): Schema {
  const meant = schema.anyOf?.filter(({ type }) => type !== 'null') ?? [];
  return meant.length === 1 ? (meant[0] as Schema) : schema;
}
