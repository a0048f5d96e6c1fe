/** The module that holds embeddings and encoder in a classifier; an encoder that was saved alone has no such prefix. */
const BASE = 'roberta.';

/** What LayerNorm's parameters were called in checkpoints that come from TensorFlow. */
const OLD_PARAMETERS: Readonly<Record<string, string>> = { weight: 'gamma', bias: 'beta' };

/**
 * The names that a checkpoint may have for a tensor, the usual one first. Everything in this project asks for tensors by
 * the usual name, `roberta.encoder.layer.0.output.dense.weight`; only here stands what files call them.
 *
 * These are transformers' own rules: with `roberta.` or without, each tensor for itself, and LayerNorm's `gamma` and
 * `beta`.
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

/** What a checkpoint calls a tensor, or nothing where it has no such tensor. */
export function nameInFile(name: string, found: ReadonlyMap<string, unknown>): string | undefined {
  return namesInFiles(name).find((each) => found.has(each));
}
