import { byId, create } from '../../../../inspection/report/client/shared/dom.js';
import type { Server } from '../shared/server.js';

interface ModelList {
  readonly data: readonly { readonly id: string; readonly ready: boolean }[];
}

/** The choice between the served models. */
export class ModelChoice {
  private readonly select = byId('model', HTMLSelectElement);

  /** @param onChange called when another one is chosen. */
  constructor(
    private readonly server: Server,
    onChange: () => void,
  ) {
    this.select.addEventListener('change', onChange);
  }

  /** Name of the chosen model; undefined before the list is loaded. */
  get chosen(): string | undefined {
    return this.select.disabled ? undefined : this.select.value;
  }

  /** Forgets the list, because another key may allow other models. */
  forget(): void {
    this.select.disabled = true;
  }

  /** @throws ServerError if the list cannot be loaded. */
  async load(signal: AbortSignal): Promise<void> {
    const { data } = await this.server.ask<ModelList>('v1/models', { signal });
    const before = this.select.value;
    this.select.replaceChildren(
      ...data.map(({ id, ready }) => create('option', { value: id }, ready ? id : `${id} (starting)`)),
    );
    this.select.disabled = false;
    if (data.some(({ id }) => id === before)) {
      this.select.value = before;
    }
  }
}
