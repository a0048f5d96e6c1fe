/**
 * The element with an id, which the page's markup must have.
 *
 * @throws Error if it is missing or of another kind.
 */
export function byId<T extends HTMLElement>(id: string, kind: abstract new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) {
    throw new Error(`The page has no ${kind.name} #${id}.`);
  }
  return found;
}

/** A new element; strings among the children become text, never HTML. */
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

/** Shows a message in an element, or hides the element. An unchanged message is not announced again. */
export function tell(element: HTMLElement, message: string | undefined): void {
  element.hidden = message === undefined;
  if (element.textContent !== (message ?? '')) {
    element.textContent = message ?? '';
  }
}

/** Makes a text area as high as its text, for browsers in which CSS cannot. */
export function grow(area: HTMLTextAreaElement): void {
  if (!CSS.supports('field-sizing', 'content')) {
    area.style.height = 'auto';
    area.style.height = `${area.scrollHeight + 2}px`;
  }
}
