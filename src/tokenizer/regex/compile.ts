import type {
  AlternativeElementNode,
  AlternativeNode,
  AssertionNode,
  GroupNode,
  LookaroundAssertionNode,
  OnigurumaAst,
  QuantifierNode,
} from 'oniguruma-parser/parser';
import {
  BOUNDARY_WORD,
  CharacterSet,
  type Modifiers,
  toSingleSource,
  UnsupportedPatternError,
} from './character-set.js';
import { type Lengths, lengthsOf, lengthsOfAll } from './lengths.js';
import { type Assertion, OP, type Program, type Step } from './program.js';

const MOST_STEPS = 5000;
/** Limit of elements. Repeated elements count each time, also those that become no step. */
const MOST_ELEMENTS = 20_000;
const MOST_SETS = 100;
/** Oniguruma's lookbehind takes any bounded length; real patterns need far less than this. */
const LONGEST_BEHIND = 32;

/** Letters that equal one ligature if case is ignored: Oniguruma matches them, JavaScript does not. */
const LIGATURES = /ss|ff|fi|fl|st/i;

/**
 * Turns a parsed pattern into steps for the {@link Backtracker}.
 *
 * @throws UnsupportedPatternError that names what is not supported, or for a pattern that becomes too large
 */
export function compile(tree: OnigurumaAst): Program {
  return new Compiler().compile(tree);
}

class Compiler {
  readonly #steps: Step[] = [];
  readonly #sets = new Map<string, CharacterSet>();
  #marks = 0;
  #elements = 0;

  compile(tree: OnigurumaAst): Program {
    this.#alternatives(tree.body, { ignoreCase: false, dotAll: false });
    this.#add({ op: OP.match });
    return { steps: this.#steps, word: new CharacterSet(BOUNDARY_WORD, false) };
  }

  #add<Added extends Step>(step: Added): Added {
    if (this.#steps.length >= MOST_STEPS) refuseSize();
    this.#steps.push(step);
    return step;
  }

  get #here(): number {
    return this.#steps.length;
  }

  #set(source: string, ignoreCase: boolean): CharacterSet {
    const key = `${ignoreCase} ${source}`;
    const set = this.#sets.get(key) ?? new CharacterSet(source, ignoreCase);
    this.#sets.set(key, set);
    if (this.#sets.size > MOST_SETS) {
      throw new UnsupportedPatternError(`must not have more than ${MOST_SETS} different sets of characters`);
    }
    return set;
  }

  #alternatives(alternatives: readonly AlternativeNode[], outer: Modifiers): void {
    const { body, modifiers } = takeLeadingFlags(alternatives, outer);
    this.#choose(body.map((alternative) => () => this.#sequence(alternative, modifiers)));
  }

  /** Tries these in order; the first one that lets the rest match wins. */
  #choose(choices: readonly (() => void)[]): void {
    const ends: { to: number }[] = [];
    for (const [index, choice] of choices.entries()) {
      if (index === choices.length - 1) {
        choice();
        break;
      }
      const split = this.#add({ op: OP.split, first: this.#here + 1, second: 0 });
      choice();
      ends.push(this.#add({ op: OP.jump, to: 0 }));
      split.second = this.#here;
    }
    for (const end of ends) end.to = this.#here;
  }

  #sequence(elements: readonly AlternativeElementNode[], modifiers: Modifiers): void {
    if (modifiers.ignoreCase) refuseLigatures(elements);
    for (const element of elements) this.#element(element, modifiers);
  }

  #element(node: AlternativeElementNode, modifiers: Modifiers): void {
    if (++this.#elements > MOST_ELEMENTS) refuseSize();
    if (isLineBreak(node)) {
      this.#lineBreak();
      return;
    }
    if (isSet(node)) {
      this.#add(this.#single(node, modifiers));
      return;
    }
    switch (node.type) {
      case 'CapturingGroup':
        this.#alternatives(node.body, modifiers);
        break;
      case 'Group':
        this.#group(node, modifiers);
        break;
      case 'Quantifier':
        this.#quantifier(node, modifiers);
        break;
      case 'LookaroundAssertion':
        this.#lookaround(node, modifiers);
        break;
      case 'Assertion':
        this.#add({ op: OP.assert, assertion: assertionOf(node) });
        break;
      default:
        throw new UnsupportedPatternError(`must not use ${describe(node)} (not supported)`);
    }
  }

  #single(node: SetNode, modifiers: Modifiers): Step {
    if (node.type === 'Character' && !modifiers.ignoreCase) return { op: OP.character, code: node.value };
    return { op: OP.set, set: this.#set(toSingleSource(node, modifiers), modifiers.ignoreCase) };
  }

  /** `\R`: a line break; CR LF counts as one. */
  #lineBreak(): void {
    const single = this.#set('\\n\\v\\f\\r\\u{85}\\u{2028}\\u{2029}', false);
    this.#atomic(() =>
      this.#choose([
        () => {
          this.#add({ op: OP.character, code: 13 });
          this.#add({ op: OP.character, code: 10 });
        },
        () => this.#add({ op: OP.set, set: single }),
      ]),
    );
  }

  #atomic(body: () => void): void {
    const id = this.#marks++;
    this.#add({ op: OP.mark, id });
    body();
    this.#add({ op: OP.commit, id });
  }

  #group(node: GroupNode, outer: Modifiers): void {
    const modifiers = withFlags(outer, node.flags);
    if (node.atomic === true) this.#atomic(() => this.#alternatives(node.body, modifiers));
    else this.#alternatives(node.body, modifiers);
  }

  #quantifier({ body, kind, min, max }: QuantifierNode, modifiers: Modifiers): void {
    if (isSet(body) && kind !== 'lazy') {
      const set = this.#set(toSingleSource(body, modifiers), modifiers.ignoreCase);
      this.#add({ op: OP.run, set, min, max, keep: kind === 'possessive' });
    } else if (kind === 'possessive') {
      this.#atomic(() => this.#repeat(body, min, max, false, modifiers));
    } else {
      this.#repeat(body, min, max, kind === 'lazy', modifiers);
    }
  }

  #repeat(body: AlternativeElementNode, min: number, max: number, lazy: boolean, modifiers: Modifiers): void {
    if (max === Number.POSITIVE_INFINITY && lengthsOf(body).min === 0) {
      throw new UnsupportedPatternError('must not repeat without limit what may be empty');
    }
    for (let i = 0; i < min; i++) this.#element(body, modifiers);
    const splits: { first: number; second: number }[] = [];
    const mayLeave = (): void => {
      splits.push(this.#add({ op: OP.split, first: this.#here + 1, second: this.#here + 1 }));
    };
    if (max === Number.POSITIVE_INFINITY) {
      const start = this.#here;
      mayLeave();
      this.#element(body, modifiers);
      this.#add({ op: OP.jump, to: start });
    } else {
      for (let i = min; i < max; i++) {
        mayLeave();
        this.#element(body, modifiers);
      }
    }
    for (const split of splits) {
      if (lazy) split.first = this.#here;
      else split.second = this.#here;
    }
  }

  #lookaround({ kind, negate, body }: LookaroundAssertionNode, modifiers: Modifiers): void {
    if (kind === 'lookahead') {
      this.#look(negate, () => this.#alternatives(body, modifiers));
      return;
    }
    const { body: alternatives, modifiers: inner } = takeLeadingFlags(body, modifiers);
    const choices = alternatives.flatMap((elements) =>
      spread(lengthsOfAll(elements)).map((length) => ({ elements, length })),
    );
    const look = ({ elements, length }: { elements: AlternativeElementNode[]; length: number }): void =>
      this.#look(negate, (id) => {
        this.#add({ op: OP.back, length });
        this.#sequence(elements, inner);
        this.#add({ op: OP.backEnd, id });
      });
    if (negate) for (const choice of choices) look(choice);
    else this.#choose(choices.map((choice) => () => look(choice)));
  }

  #look(negate: boolean, body: (id: number) => void): void {
    const id = this.#marks++;
    const avoid = negate ? this.#add({ op: OP.avoid, id, otherwise: 0 }) : undefined;
    if (avoid === undefined) this.#add({ op: OP.mark, id });
    body(id);
    this.#add({ op: avoid === undefined ? OP.lookEnd : OP.avoidEnd, id });
    if (avoid !== undefined) avoid.otherwise = this.#here;
  }
}

type SetNode = Extract<AlternativeElementNode, { type: 'Character' | 'CharacterClass' | 'CharacterSet' }>;

/** The name of an unsupported element. */
function describe(node: AlternativeElementNode): string {
  switch (node.type) {
    case 'AbsenceFunction':
      return 'absence functions, (?~...)';
    case 'Backreference':
      return 'backreferences';
    case 'Directive':
      return node.kind === 'keep' ? '\\K' : 'flags in the middle, which (?i:...) says more clearly';
    case 'Subroutine':
      return 'subroutines';
    default:
      return node.type;
  }
}

/** An element that matches exactly one character. */
export function isSet(node: AlternativeElementNode): node is SetNode {
  return (
    node.type === 'Character' ||
    node.type === 'CharacterClass' ||
    (node.type === 'CharacterSet' && !isLineBreak(node))
  );
}

/** Whether this is `\R`; `\N` is a single character that is no line break. */
function isLineBreak(node: AlternativeElementNode): boolean {
  return node.type === 'CharacterSet' && node.kind === 'newline' && node.negate !== true;
}

/** `(?i)` at the beginning of a group applies to all its alternatives. */
function takeLeadingFlags(
  alternatives: readonly AlternativeNode[],
  outer: Modifiers,
): { readonly body: AlternativeElementNode[][]; readonly modifiers: Modifiers } {
  const body = alternatives.map((alternative) => alternative.body);
  const [first = [], ...others] = body;
  const [leading, ...rest] = first;
  return leading?.type === 'Directive' && leading.kind === 'flags'
    ? { body: [rest, ...others], modifiers: withFlags(outer, leading.flags) }
    : { body, modifiers: outer };
}

function withFlags(outer: Modifiers, flags: GroupNode['flags']): Modifiers {
  const { enable, disable } = flags ?? {};
  return {
    ignoreCase: (outer.ignoreCase || enable?.ignoreCase === true) && disable?.ignoreCase !== true,
    dotAll: (outer.dotAll || enable?.dotAll === true) && disable?.dotAll !== true,
  };
}

function refuseSize(): never {
  throw new UnsupportedPatternError('must not repeat this often (it becomes too large)');
}

function refuseLigatures(elements: readonly AlternativeElementNode[]): void {
  const text = elements
    .map((node) => (node.type === 'Character' ? String.fromCodePoint(node.value) : '\n'))
    .join('');
  const [letters] = LIGATURES.exec(text) ?? [];
  if (letters === undefined) return;
  throw new UnsupportedPatternError(
    `must not ignore the case of "${letters}", which then equals a single character, too`,
  );
}

function assertionOf({ kind, negate }: AssertionNode): Assertion {
  if (kind === 'word_boundary') return negate === true ? 'no_word_boundary' : 'word_boundary';
  if (kind === 'search_start') throw new UnsupportedPatternError('must not use \\G (not supported)');
  if (kind === 'text_segment_boundary') {
    throw new UnsupportedPatternError('must not use \\y or \\Y (grapheme clusters are not supported)');
  }
  return kind;
}

function spread({ min, max }: Lengths): number[] {
  if (max > LONGEST_BEHIND) {
    throw new UnsupportedPatternError(`must not look behind by more than ${LONGEST_BEHIND} characters`);
  }
  return Array.from({ length: max - min + 1 }, (_, i) => min + i);
}
