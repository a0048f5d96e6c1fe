import type { AlternativeElementNode } from 'oniguruma-parser/parser';

/** How many characters an element takes. */
export interface Lengths {
  readonly min: number;
  readonly max: number;
}

/** How many characters these elements take, one after the other. */
export function lengthsOfAll(elements: readonly AlternativeElementNode[]): Lengths {
  const all = elements.map(lengthsOf);
  return {
    min: all.reduce((sum, { min }) => sum + min, 0),
    max: all.reduce((sum, { max }) => sum + max, 0),
  };
}

/** How many characters one element takes. */
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
      // Nothing times infinity is no number.
      return { min: min * node.min, max: max === 0 || node.max === 0 ? 0 : max * node.max };
    }
    default:
      // What takes characters and stands here is refused by the compiler.
      return { min: 0, max: 0 };
  }
}
