/** The switch between methods of attribution. */
export function chooseMethods(article: HTMLElement): void {
  const views = [...article.querySelectorAll<HTMLElement>('[data-method]')];
  for (const choice of article.querySelectorAll<HTMLInputElement>('[data-method-choice]')) {
    const show = (): void => {
      if (choice.checked) {
        for (const view of views) {
          view.hidden = view.dataset.method !== choice.value;
        }
      }
    };
    choice.addEventListener('change', show);
    show(); // a browser that returns to the page may have restored another choice than that of the markup
  }
}
