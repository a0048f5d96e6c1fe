import { InputError } from '../../errors/errors.js';
import type { HookedActivation, Hooks } from './hooks.js';
import { meanRow } from './pooling.js';
import type { TracedPair } from './traced.js';

/** A head by layer and number, both from 0. */
export type Head = readonly [layer: number, head: number];

/**
 * What replaces a head's output: zeros; the mean of its output over the pair's own tokens; or given rows by the name of
 * the activation, such as the means over a data set from `Inspector.meanActivations`.
 */
export type HeadReplacement = 'zero' | 'mean' | ReadonlyMap<string, Float32Array>;

/**
 * Hooks that remove heads from the model: they replace the heads' part of `attention.self.context` for every token.
 *
 * @throws InputError, when the model runs, for a head that does not exist or a missing mean.
 */
export function ablateHeads(heads: readonly Head[], replacement: HeadReplacement = 'zero'): Hooks {
  const layers = new Set(heads.map(([layer]) => layer));
  return Object.fromEntries(
    Array.from(layers, (layer) => [
      `encoder.layer.${layer}.attention.self.context`,
      (activation: HookedActivation): Float32Array => {
        for (const [of, head] of heads) {
          if (of === layer) {
            replaceHead(activation, head, replacement);
          }
        }
        return activation.data;
      },
    ]),
  );
}

function replaceHead(activation: HookedActivation, head: number, replacement: HeadReplacement): void {
  const { name, data, shape, config } = activation;
  const { headDim, numAttentionHeads, hiddenSize } = config;
  if (!(Number.isInteger(head) && head >= 0 && head < numAttentionHeads)) {
    throw new InputError(`There is no head ${head}; a layer has heads 0 to ${numAttentionHeads - 1}.`);
  }
  const row = replacementRow(activation, replacement);
  if (row.length !== hiddenSize) {
    throw new InputError(`The mean of "${name}" has ${row.length} values; the activation has ${hiddenSize}.`);
  }
  const from = head * headDim;
  const part = row.subarray(from, from + headDim);
  for (let token = 0; token < (shape[0] as number); token++) {
    data.set(part, token * hiddenSize + from);
  }
}

function replacementRow(
  { name, data, config }: HookedActivation,
  replacement: HeadReplacement,
): Float32Array {
  if (replacement === 'zero') {
    return new Float32Array(config.hiddenSize);
  }
  if (replacement === 'mean') {
    return meanRow(data, config.hiddenSize);
  }
  const row = replacement.get(name);
  if (row === undefined) {
    throw new InputError(`The given means have none for "${name}".`);
  }
  return row;
}

/** Hooks that remove whole layers from the model: a layer's input becomes its output. */
export function skipLayers(layers: readonly number[]): Hooks {
  // The input of the next skipped layer, by the pair's own list of tokens; each pass writes it before reading it.
  const entered = new WeakMap<HookedActivation['tokens'], Float32Array>();
  const leaving = (layer: number): string =>
    layer === 0 ? 'embeddings.LayerNorm' : `encoder.layer.${layer - 1}.output.LayerNorm`;
  const skipped = new Set(layers.map((layer) => leaving(layer + 1)));
  const places = new Set(layers.flatMap((layer) => [leaving(layer), leaving(layer + 1)]));
  return Object.fromEntries(
    Array.from(places, (place) => [
      place,
      ({ tokens, data }: HookedActivation): Float32Array | undefined => {
        if (skipped.has(place)) {
          return entered.get(tokens);
        }
        entered.set(tokens, data);
        return undefined;
      },
    ]),
  );
}

/** Which rows of an activation are patched. */
export interface PatchOptions {
  /** Token positions; default all. Only for activations whose first dimension is `seq`. */
  readonly positions?: readonly number[] | undefined;
}

/**
 * Hooks that put one pair's activations into another: all traced ones, or only their rows at some positions.
 *
 * @param source a traced pair with as many tokens as the other one.
 * @throws InputError, when the model runs, if the shapes differ.
 */
export function patchFrom(
  { activations }: Pick<TracedPair, 'activations'>,
  { positions }: PatchOptions = {},
): Hooks {
  return Object.fromEntries(
    Array.from(activations, ([name, source]) => [
      name,
      ({ data, shape, dimensions }: HookedActivation): Float32Array => {
        if (String(shape) !== String(source.shape)) {
          throw new InputError(
            `"${name}" is [${source.shape.join(', ')}] in the source pair and [${shape.join(', ')}] here: both ` +
              'pairs must have the same number of tokens. Change words so that they do.',
          );
        }
        if (positions === undefined) {
          return source.data;
        }
        if (dimensions[0] !== 'seq') {
          throw new InputError(
            `"${name}" is [${dimensions.join(', ')}]: it has no rows by position. Patch it as a whole.`,
          );
        }
        patchRows(data, source.data, shape, positions);
        return data;
      },
    ]),
  );
}

function patchRows(
  data: Float32Array,
  source: Float32Array,
  [tokens = 0, width = 0]: readonly number[],
  positions: readonly number[],
): void {
  for (const position of positions) {
    if (!(Number.isInteger(position) && position >= 0 && position < tokens)) {
      throw new InputError(`There is no position ${position}; the pair has tokens 0 to ${tokens - 1}.`);
    }
    data.set(source.subarray(position * width, (position + 1) * width), position * width);
  }
}
