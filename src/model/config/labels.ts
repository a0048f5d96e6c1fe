import { quote } from '../../errors/quote.js';
import type { FieldReader } from './field-reader.js';

/** The most labels that a config may have, and transformers' default number. */
const MAX_LABELS = 2 ** 16;
const DEFAULT_LABELS = 2;

/**
 * The name of each logit, all different: from `id2label` in the order of its ids (numbers become text), else
 * `LABEL_i` for `num_labels` labels, else for 2.
 *
 * @returns an empty list if the fields are wrong; `fields` has recorded why
 */
export function readLabels(fields: FieldReader): string[] {
  const declared = fields.optional('num_labels');
  if (declared !== undefined) {
    const count = fields.integer('num_labels', 1, MAX_LABELS);
    if (Number.isNaN(count)) return [];
  }
  const id2label = fields.optional('id2label');
  if (id2label === undefined) {
    const count = typeof declared === 'number' ? declared : DEFAULT_LABELS;
    return Array.from({ length: count }, (_, id) => `LABEL_${id}`);
  }
  const labels = orderedLabels(id2label);
  if (typeof labels === 'string') {
    fields.wrong('id2label', `"id2label" ${labels}`);
    return [];
  }
  if (declared !== undefined && declared !== labels.length) {
    fields.wrong(
      'num_labels',
      `"num_labels" ${quote(declared)} contradicts "id2label" with ${labels.length}`,
    );
  }
  return labels;
}

/** The labels by id, or a description of what is wrong with them. */
function orderedLabels(id2label: unknown): string[] | string {
  if (typeof id2label !== 'object' || id2label === null || Array.isArray(id2label)) {
    return `is ${quote(id2label)}; expected an object such as {"0": "LABEL_0"}`;
  }
  const byId = new Map<string, unknown>(Object.entries(id2label));
  if (byId.size === 0) return 'is empty; a model has at least one label';
  if (byId.size > MAX_LABELS) return `has ${byId.size} labels; at most ${MAX_LABELS} are supported`;
  const labels: string[] = [];
  for (let id = 0; id < byId.size; id++) {
    const label = byId.get(String(id));
    if (label === undefined) {
      return `has ${byId.size} labels and none for id ${id}; its keys must be "0" to "${byId.size - 1}"`;
    }
    if (typeof label !== 'string' && typeof label !== 'number') {
      return `gives id ${id} the label ${quote(label)}; expected a string`;
    }
    labels.push(String(label));
  }
  return distinct(labels);
}

/**
 * Makes the names unique, because scores are returned by label. A label that occurs more than once gets its id as a
 * suffix, repeatedly if that name is taken too.
 */
function distinct(labels: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const taken = new Set(labels);
  return labels.map((label, id) => {
    if (counts.get(label) === 1) return label;
    let name = `${label}_${id}`;
    while (taken.has(name)) name += `_${id}`;
    taken.add(name);
    return name;
  });
}
