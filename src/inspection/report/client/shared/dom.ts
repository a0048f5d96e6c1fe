/**
 * The element of an id, which the page's own markup has.
 *
 * @throws Error where it has not, or it is of another kind.
 */
export function byId<T extends HTMLElement>(id: string, kind: abstract new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) {
    throw new Error(`The page has no ${kind.name} #${id}.`);
  }
  return found;
}

/** A new element; texts among the children are texts, never HTML. */
export function create<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Shows a message in an element, or hides the element. A text that is there already is not announced again. */
export function tell(element: HTMLElement, message: string | undefined): void {
  element.hidden = message === undefined;
  if (element.textContent !== (message ?? '')) {
    element.textContent = message ?? '';
  }
}

/** Lets a text area be as high as its text, where CSS cannot. */
export function grow(area: HTMLTextAreaElement): void {
  if (!CSS.supports('field-sizing', 'content')) {
    area.style.height = 'auto';
    area.style.height = `${area.scrollHeight + 2}px`;
  }
}
