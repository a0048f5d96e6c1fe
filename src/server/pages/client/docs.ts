import { byId, tell } from '../../../inspection/report/client/shared/dom.js';
import { apiView } from '../api-view.js';
import type { OpenApi } from '../openapi-document.js';
import { KeyForm } from './shared/key-form.js';
import { Server, ServerError } from './shared/server.js';

const server = new Server();
const error = byId('error', HTMLElement);
const target = byId('api', HTMLElement);
const keyForm = new KeyForm(server, load);

/** Shows the API's description, or an error if it cannot be loaded. */
async function load(): Promise<void> {
  target.setAttribute('aria-busy', 'true');
  try {
    const api = await server.ask<OpenApi>('openapi.json');
    target.innerHTML = apiView(api).toString();
    tell(error, undefined);
    goToRoute();
  } catch (thrown) {
    target.replaceChildren();
    if (thrown instanceof ServerError && thrown.status === 401) {
      tell(error, undefined);
      keyForm.ask(thrown.message);
    } else {
      tell(error, (thrown as Error).message);
    }
  }
  target.setAttribute('aria-busy', 'false');
}

/** Scrolls to the route in the address, which did not exist when the browser looked for it. */
function goToRoute(): void {
  if (location.hash.length > 1) {
    document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
  }
}

void load();
