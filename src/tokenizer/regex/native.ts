import type { AlternativeElementNode, OnigurumaAst } from 'oniguruma-parser/parser';
import { type Modifiers, toSingleSource } from './character-set.js';
import { isSet } from './compile.js';

const PLAIN: Modifiers = { ignoreCase: false, dotAll: false };
/** Longer patterns are left to the backtracker, which counts its steps. */
const LONGEST = 64;

/**
 * The same pattern for JavaScript's own engine, which is ten times as fast, if it is harmless: alternatives of a few
 * characters each, of which only the last may be repeated. Such a pattern reads a run once and never goes back.
 *
 * @returns undefined for all other patterns
 */
export function toNative(tree: OnigurumaAst): RegExp | undefined {
  const alternatives = tree.body.map(({ body }) => toSource(body));
  return alternatives.includes(undefined) ? undefined : new RegExp(alternatives.join('|'), 'gv');
}

function toSource(elements: readonly AlternativeElementNode[]): string | undefined {
  const last = elements.at(-1);
  if (elements.length > LONGEST || last === undefined) return undefined;
  const sources = [...elements.slice(0, -1).map(single), repeated(last)];
  return sources.includes(undefined) ? undefined : sources.join('');
}

function single(node: AlternativeElementNode): string | undefined {
  return isSet(node) ? `[${toSingleSource(node, PLAIN)}]` : undefined;
}

function repeated(node: AlternativeElementNode): string | undefined {
  if (node.type !== 'Quantifier') return single(node);
  // A possessive run gives nothing back; here nothing after it would ask for that anyway.
  if (node.kind === 'lazy' || node.min > LONGEST) return undefined;
  const set = single(node.body);
  return set === undefined ? undefined : `${set}{${node.min},${Number.isFinite(node.max) ? node.max : ''}}`;
}
