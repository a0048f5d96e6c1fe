/** Pointing at a sentence in the list marks it in the text, and the other way round. */
export function linkSentences(article: HTMLElement): void {
  for (const view of article.querySelectorAll<HTMLElement>('[data-method]')) {
    const parts = [...view.querySelectorAll<HTMLElement>('[data-sentence]')];
    const mark = (sentence: string | undefined): void => {
      for (const part of parts) {
        part.classList.toggle('marked', part.dataset.sentence === sentence);
      }
    };
    for (const part of parts) {
      part.addEventListener('pointerenter', () => mark(part.dataset.sentence));
      part.addEventListener('pointerleave', () => mark(undefined));
      part.addEventListener('focus', () => mark(part.dataset.sentence));
      part.addEventListener('blur', () => mark(undefined));
    }
  }
}
