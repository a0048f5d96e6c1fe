import type { AlternativeElementNode } from 'oniguruma-parser/parser';

/** How many characters an element consumes, at least and at most. */
export interface Lengths {
  readonly min: number;
  readonly max: number;
}

/** How many characters a sequence of elements consumes. */
export function lengthsOfAll(elements: readonly AlternativeElementNode[]): Lengths {
  const all = elements.map(lengthsOf);
  return {
    min: all.reduce((sum, { min }) => sum + min, 0),
    max: all.reduce((sum, { max }) => sum + max, 0),
  };
}

/** How many characters one element consumes. */
export function lengthsOf(node: AlternativeElementNode): Lengths {
  switch (node.type) {
    case 'Character':
    case 'CharacterClass':
      return { min: 1, max: 1 };
    case 'CharacterSet':
      return { min: 1, max: node.variableLength === true ? 2 : 1 };
    case 'CapturingGroup':
    case 'Group': {
      const all = node.body.map(({ body }) => lengthsOfAll(body));
      return {
        min: Math.min(...all.map(({ min }) => min)),
        max: Math.max(...all.map(({ max }) => max)),
      };
    }
    case 'Quantifier': {
      const { min, max } = lengthsOf(node.body);
      // 0 times Infinity would be NaN.
      return { min: min * node.min, max: max === 0 || node.max === 0 ? 0 : max * node.max };
    }
    default:
      // The compiler refuses any other element that consumes characters.
      return { min: 0, max: 0 };
  }
}
