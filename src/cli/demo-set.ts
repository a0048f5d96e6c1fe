import demo from './demo-set.json' with { type: 'json' };

/**
 * The passages that `npm run demo` reranks, half English, half Chinese, written for this project. Most come in pairs
 * that share a subject and its words, while a question needs only one of them: matching words is not enough.
 */
export const DEMO_PASSAGES: readonly { readonly id: string; readonly text: string }[] = demo.passages;

/** A question of the demo, and the passage that a good reranker puts first. */
export interface DemoQuestion {
  /** en, zh: the language of question and answer; cross-lingual: the answer is only in the other language. */
  readonly kind: string;
  readonly query: string;
  /** The id of the passage that answers. */
  readonly expected: string;
}

/**
 * The questions of `npm run demo` about {@link DEMO_PASSAGES}, in other words than the passages' own. This is a demo,
 * not a benchmark: most were chosen because the embedded model gets them right. Two that it gets wrong are included,
 * the tides (it prefers the waves) and the plants; across languages it gets about half wrong.
 */
export const DEMO_QUESTIONS: readonly DemoQuestion[] = demo.questions;
