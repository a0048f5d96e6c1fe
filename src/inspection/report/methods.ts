/** How a method of attribution is called, and what its numbers mean, for people. */
export interface MethodWords {
  readonly label: string;
  readonly meaning: string;
}

const METHODS: Readonly<Record<string, MethodWords>> = {
  occlusion: {
    label: 'Occlusion',
    meaning:
      'How far the logit falls when the word, or the whole sentence, is taken out and the rest is scored again.',
  },
  integrated_gradients: {
    label: 'Integrated gradients',
    meaning:
      'The distance of the logit from that of a text without words, shared out among the words; the shares sum up to it.',
  },
  gradient_x_input: {
    label: 'Gradient × input',
    meaning: 'How the logit would answer to a very small change of each word. Quick and rough.',
  },
};

/** The words for a method; an unknown one is called by its name. */
export function describeMethod(method: string): MethodWords {
  return METHODS[method] ?? { label: method, meaning: '' };
}
