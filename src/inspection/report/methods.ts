/** The name of a method of attribution, and the meaning of its numbers. */
export interface MethodWords {
  readonly label: string;
  readonly meaning: string;
}

const METHODS: Readonly<Record<string, MethodWords>> = {
  occlusion: {
    label: 'Occlusion',
    meaning:
      'How much the logit falls when the word, or the whole sentence, is removed and the rest is scored again.',
  },
  integrated_gradients: {
    label: 'Integrated gradients',
    meaning:
      'The difference between the logit and that of a text without words, divided among the words; the values sum to it.',
  },
  gradient_x_input: {
    label: 'Gradient × input',
    meaning: 'How the logit reacts to a very small change of each word. Fast but rough.',
  },
};

/** The description of a method; an unknown one has only its name. */
export function describeMethod(method: string): MethodWords {
  return METHODS[method] ?? { label: method, meaning: '' };
}
