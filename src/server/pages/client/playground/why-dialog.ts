import { byId, tell } from '../../../../inspection/report/client/shared/dom.js';
import type { Server } from '../shared/server.js';
import { Latest } from './latest.js';
import type { InspectBody } from './request.js';

/** The dialog that explains a document's score: the server's report page in a frame. */
export class WhyDialog {
  private readonly dialog = byId('why', HTMLDialogElement);
  private readonly status = byId('why-status', HTMLElement);
  private readonly error = byId('why-error', HTMLElement);
  private readonly frame = byId('why-report', HTMLIFrameElement);
  private readonly save = byId('why-save', HTMLAnchorElement);
  private readonly latest = new Latest();

  constructor(private readonly server: Server) {
    byId('why-close', HTMLButtonElement).addEventListener('click', () => this.dialog.close());
    this.dialog.addEventListener('close', () => this.clear());
    // A click outside the dialog lands on the dialog element itself, because it has no padding.
    this.dialog.addEventListener('click', ({ target }) => target === this.dialog && this.dialog.close());
  }

  /** Sends the request, and shows the server's answer. */
  open(body: InspectBody): void {
    this.clear();
    this.dialog.showModal();
    this.dialog.setAttribute('aria-busy', 'true');
    this.status.textContent = 'Each word is taken out in turn, and the rest is scored again…';
    void this.latest.run(async (signal) => {
      try {
        this.show(await this.server.fetchText('v1/inspect', { body, accept: 'text/html', signal }));
      } catch (error) {
        signal.throwIfAborted();
        tell(this.error, (error as Error).message);
      }
      this.dialog.setAttribute('aria-busy', 'false');
      this.status.textContent = '';
    });
  }

  private show(page: string): void {
    this.frame.srcdoc = page;
    this.frame.hidden = false;
    this.save.href = URL.createObjectURL(new Blob([page], { type: 'text/html' }));
    this.save.hidden = false;
  }

  private clear(): void {
    this.latest.stop();
    tell(this.error, undefined);
    this.status.textContent = '';
    this.dialog.setAttribute('aria-busy', 'false');
    this.frame.hidden = true;
    this.frame.removeAttribute('srcdoc');
    if (!this.save.hidden) {
      this.save.hidden = true;
      URL.revokeObjectURL(this.save.href);
    }
  }
}
