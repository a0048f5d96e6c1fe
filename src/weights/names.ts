/** The module that holds embeddings and encoder in a classifier. An encoder that was saved alone has no such prefix. */
const BASE = 'roberta.';

/** The old names of LayerNorm's parameters, in checkpoints that come from TensorFlow. */
const OLD_PARAMETERS: Readonly<Record<string, string>> = { weight: 'gamma', bias: 'beta' };

/**
 * The names that a checkpoint may have for a tensor, the usual one first. All other code uses the usual name, such as
 * `roberta.encoder.layer.0.output.dense.weight`; only this file knows the names in files.
 *
 * The rules are those of transformers: with or without `roberta.` (for each tensor separately), and LayerNorm's `gamma`
 * and `beta`.
 */
export function namesInFiles(name: string): readonly string[] {
  const bare = name.startsWith(BASE) ? [name.slice(BASE.length)] : [];
  const [, norm, parameter] = /^(.*LayerNorm\.)(weight|bias)$/.exec(name) ?? [];
  if (norm === undefined || parameter === undefined) return [name, ...bare];
  return [name, ...bare].flatMap((each) => [
    each,
    `${each.slice(0, -parameter.length)}${OLD_PARAMETERS[parameter]}`,
  ]);
}

/** The name of a tensor in a checkpoint; undefined if the checkpoint does not have it. */
export function nameInFile(name: string, found: ReadonlyMap<string, unknown>): string | undefined {
  return namesInFiles(name).find((each) => found.has(each));
}
