import { type Html, html } from '../../inspection/report/escape.js';

/** The button that opens the form, beside the names of the pages. */
export function keyButton(): Html {
  return html`<button type="button" class="button" data-kind="quiet" id="key-button" aria-expanded="false" aria-controls="key-form">API key</button>`;
}

/** The form for the API key, for servers that require one; `client/shared/key-form.ts` adds its behaviour. */
export function keyForm(): Html {
  return html`<form id="key-form" class="panel key-form" hidden>
  <div>
    <label for="key">API key</label>
    <p class="hint" id="key-hint">Sent to this server only, and forgotten when this tab is closed.</p>
  </div>
  <input id="key" type="password" autocomplete="off" autocapitalize="off" spellcheck="false" aria-describedby="key-hint key-message">
  <button class="button" data-kind="primary">Use key</button>
  <button type="button" class="button" id="key-forget" hidden>Forget key</button>
  <p class="notice" data-kind="error" id="key-message" role="alert" hidden></p>
</form>`;
}
