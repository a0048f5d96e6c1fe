import { byId } from '../../../../inspection/report/client/shared/dom.js';
import { type Call, type Language, toCode } from './snippets.js';

const SAID_MS = 2000;

/** Shows the same request as code that can be copied. */
export class CodePanel {
  private readonly code = byId('code', HTMLElement);
  private readonly button = byId('copy', HTMLButtonElement);
  private readonly copied = byId('copied', HTMLElement);
  private readonly languages = [...document.querySelectorAll<HTMLInputElement>('input[name=language]')];
  private call: Call | undefined;

  constructor() {
    for (const language of this.languages) {
      language.addEventListener('change', () => this.refresh());
    }
    this.button.addEventListener('click', () => void this.copy());
  }

  show(call: Call): void {
    this.call = call;
    this.refresh();
  }

  private refresh(): void {
    const language = this.languages.find(({ checked }) => checked)?.value as Language;
    this.code.textContent = this.call === undefined ? '' : toCode(language, this.call);
  }

  private async copy(): Promise<void> {
    const text = this.code.textContent ?? '';
    const done = await copyText(text, this.code);
    this.button.textContent = done ? 'Copied' : 'Selected: press Ctrl C';
    this.copied.textContent = done
      ? 'The request is copied.'
      : 'The request is selected; copy it with Ctrl C.';
    setTimeout(() => {
      this.button.textContent = 'Copy';
      this.copied.textContent = '';
    }, SAID_MS);
  }
}

/** Pages without TLS and not from this machine have no clipboard; then the text is selected instead. */
async function copyText(text: string, element: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection()?.selectAllChildren(element);
    return false;
  }
}
