import { create, grow } from '../../../../inspection/report/client/shared/dom.js';

/** Callbacks of a block. */
export interface BlockEvents {
  onInput(): void;
  onRemove(): void;
  /** @returns whether the text was handled; then it is not pasted. */
  onPaste(text: string): boolean;
}

/** The editor of one document: its number, its text, and a button to remove it. */
export class DocumentBlock {
  readonly element: HTMLLIElement;
  private readonly number = create('span', { class: 'block-number number', 'aria-hidden': 'true' });
  private readonly area = create('textarea', { rows: '1', class: 'grows', placeholder: 'A document' });
  private readonly remove = create(
    'button',
    { type: 'button', class: 'button remove', 'data-kind': 'quiet' },
    '×',
  );

  constructor(text: string, { onInput, onRemove, onPaste }: BlockEvents) {
    this.area.value = text;
    this.element = create('li', { class: 'block' }, this.number, this.area, this.remove);
    this.area.addEventListener('input', () => {
      grow(this.area);
      onInput();
    });
    this.area.addEventListener('paste', (event) => {
      if (this.text === '' && onPaste(event.clipboardData?.getData('text/plain') ?? '')) {
        event.preventDefault();
      }
    });
    this.remove.addEventListener('click', onRemove);
  }

  get text(): string {
    return this.area.value;
  }

  get isBlank(): boolean {
    return this.text.trim() === '';
  }

  focus(): void {
    this.area.focus();
  }

  /** Shows the number that its result has; an empty one has none. Call it when the block is in the page. */
  show(number: number | undefined): void {
    const name = number === undefined ? 'empty document' : `document ${number}`;
    this.number.textContent = number === undefined ? '·' : String(number);
    this.area.setAttribute(
      'aria-label',
      name.replace(/^./, (first) => first.toUpperCase()),
    );
    this.remove.setAttribute('aria-label', `Remove ${name}`);
    this.remove.title = `Remove ${name}`;
  }

  /** Grows the field to the height of its text. Call it when the block is in the page. */
  grow(): void {
    grow(this.area);
  }
}
