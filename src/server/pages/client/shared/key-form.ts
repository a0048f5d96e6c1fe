import { byId, tell } from '../../../../inspection/report/client/shared/dom.js';
import type { Server } from './server.js';

/** The form for the API key. It opens by its button, and when the server requires a key. */
export class KeyForm {
  private readonly form = byId('key-form', HTMLFormElement);
  private readonly input = byId('key', HTMLInputElement);
  private readonly button = byId('key-button', HTMLButtonElement);
  private readonly forget = byId('key-forget', HTMLButtonElement);
  private readonly message = byId('key-message', HTMLElement);

  /** @param onKey called when the key has changed or was removed. */
  constructor(
    private readonly server: Server,
    onKey: () => void,
  ) {
    const use = (key: string): void => {
      server.key = key;
      this.input.value = '';
      this.show(false);
      onKey();
    };
    this.button.addEventListener('click', () => {
      this.show(this.form.hidden === true);
      if (!this.form.hidden) {
        this.input.focus();
      }
    });
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      use(this.input.value.trim());
      this.button.focus();
    });
    this.form.addEventListener('keydown', ({ key }) => {
      if (key === 'Escape') {
        this.show(false);
        this.button.focus();
      }
    });
    this.forget.addEventListener('click', () => {
      use('');
      this.button.focus();
    });
    this.show(false);
  }

  /** Opens the form with the server's message. It takes the focus only if the user is not typing elsewhere. */
  ask(message: string): void {
    if (this.form.hidden) {
      this.show(true);
    }
    tell(this.message, message);
    if (document.activeElement === null || document.activeElement === document.body) {
      this.input.focus();
    }
  }

  private show(open: boolean): void {
    const has = this.server.key !== '';
    this.form.hidden = !open;
    this.forget.hidden = !has;
    this.button.setAttribute('aria-expanded', String(open));
    this.button.textContent = has ? 'API key ✓' : 'API key';
    this.button.setAttribute('aria-label', has ? 'API key: set' : 'API key');
    tell(this.message, undefined);
  }
}
