import { type Html, html } from '../../inspection/report/escape.js';
import type { Schema } from './openapi-document.js';

/** A field of a body, with the path that leads to it. */
export interface Field {
  /** Such as `results[].tokens.used`; empty for the whole body. */
  readonly path: string;
  /** In words, without `null`. */
  readonly type: string;
  readonly required: boolean;
  readonly description: string;
}

/** Every field of a schema; fields of inner objects follow the field that holds them. */
export function fieldsOf(schema: Schema, path = '', required = true): Field[] {
  const inner = unwrap(schema);
  const own: Field[] =
    path === ''
      ? []
      : [
          {
            path,
            type: typeOf(inner),
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

/** The shapes of a body that a schema allows. */
export function alternatives(schema: Schema): readonly Schema[] {
  return schema.anyOf ?? [schema];
}

/** A schema's fields, each with its type and meaning. */
export function schemaView(schema: Schema): Html {
  const fields = fieldsOf(schema);
  if (fields.length === 0) {
    return html`<p class="soft">${typeOf(schema)}</p>`;
  }
  return html`<dl class="fields">${fields.map(
    ({ path, type, required, description }) => html`
<div><dt><code class="path">${path}</code> <code class="type">${type}</code>${
      required && html` <span class="required">required</span>`
    }</dt>${description !== '' && html`<dd>${description}</dd>`}</div>`,
  )}
</dl>`;
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
  return `${[schema.type ?? 'any'].flat().join(' or ')}${boundsOf(schema)}`;
}

function boundsOf({ minimum, maximum }: Schema): string {
  const isBound = (bound: number | undefined): bound is number =>
    bound !== undefined && Number.isFinite(bound) && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
  return `${isBound(minimum) ? ` ≥ ${minimum}` : ''}${isBound(maximum) ? ` ≤ ${maximum}` : ''}`;
}

/** The schema without the alternative `null`, which means the same as a missing field. */
function unwrap(schema: Schema): Schema {
  const { anyOf, ...rest } = schema;
  if (Array.isArray(rest.type)) {
    const types = rest.type.filter((type) => type !== 'null');
    return { ...rest, type: types.length === 1 ? types[0] : types };
  }
  const meant = anyOf?.filter(({ type }) => type !== 'null') ?? [];
  return meant.length === 0 ? schema : meant.length === 1 ? (meant[0] as Schema) : { ...rest, anyOf: meant };
}
