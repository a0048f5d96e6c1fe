/**
 * The switch between documents: a list of tabs, with arrow keys. Digits keep their meaning in the browser.
 *
 * @param onShow called with the index of a document when it is shown, and at once for the one that is open.
 */
export function chooseDocuments(onShow: (index: number) => void): void {
  const tabs = [...document.querySelectorAll<HTMLButtonElement>('[data-choose]')];
  const articles = [...document.querySelectorAll<HTMLElement>('[data-document]')];
  const show = (index: number): void => {
    for (const [i, article] of articles.entries()) {
      article.hidden = i !== index;
    }
    for (const [i, tab] of tabs.entries()) {
      tab.setAttribute('aria-selected', String(i === index));
      tab.tabIndex = i === index ? 0 : -1;
    }
    onShow(index);
  };
  for (const [i, tab] of tabs.entries()) {
    tab.addEventListener('click', () => show(i));
    tab.addEventListener('keydown', (event) => {
      const next = {
        ArrowDown: i + 1,
        ArrowRight: i + 1,
        ArrowUp: i - 1,
        ArrowLeft: i - 1,
        Home: 0,
        End: tabs.length - 1,
      }[event.key];
      const target = next === undefined ? undefined : tabs[next];
      if (next !== undefined && target !== undefined) {
        event.preventDefault();
        show(next);
        target.focus();
      }
    });
  }
  show(
    Math.max(
      articles.findIndex(({ hidden }) => !hidden),
      0,
    ),
  );
}
