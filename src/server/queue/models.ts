import type { LoadedModel } from '../../process/model-process.js';
import type { Explainer } from '../explain/explainer.js';
import { HttpError } from '../http/http-error.js';
import type { ModelHost } from './model-host.js';
import type { ScoreQueue } from './score-queue.js';

/** A model that is served. */
export interface ServedModel {
  readonly name: string;
  /** Other names that ask for it; `*` is any name that no model has. */
  readonly aliases: readonly string[];
  readonly host: ModelHost;
  readonly queue: ScoreQueue;
  readonly explainer: Explainer;
}

/** A model for a request, and what is to be said of the choice. */
export interface ChosenModel {
  readonly model: ServedModel;
  readonly warnings: readonly string[];
}

/** The models that are served; the first is the default. */
export class Models {
  constructor(readonly all: readonly [ServedModel, ...ServedModel[]]) {}

  /** Whether every model can compute now. */
  get areReady(): boolean {
    return this.all.every(({ host }) => host.isReady);
  }

  /**
   * The model of a name, of an alias, or of a hub's `owner/name` (where a folder is called `name`, and the other way
   * round); without a name the default.
   *
   * @throws HttpError 404 naming those that are served.
   */
  choose(name: string | null | undefined): ChosenModel {
    if (name === undefined || name === null || name === '') {
      return { model: this.all[0], warnings: [] };
    }
    const named =
      this.all.find((model) => model.name === name) ??
      this.all.find((model) => model.aliases.includes(name)) ??
      this.all.find((model) => model.name === name.split('/').at(-1)) ??
      this.all.find((model) => model.name.split('/').at(-1) === name);
    if (named !== undefined) {
      return { model: named, warnings: [] };
    }
    const any = this.all.find((model) => model.aliases.includes('*'));
    if (any === undefined) {
      const served = this.all.flatMap((model) => [model.name, ...model.aliases]).join(', ');
      throw new HttpError(
        404,
        'model_not_found',
        `The model ${JSON.stringify(name.slice(0, 200))} is not served here. Served: ${served}.`,
      );
    }
    const warning = `The model ${JSON.stringify(name.slice(0, 200))} is not served here; ${any.name} answered.`;
    return { model: any, warnings: [warning] };
  }
}

/** What is said of a model in answers: what computed, on what, in what, and what scores are. */
export function describeModel({ name, host: { loaded } }: ServedModel): {
  readonly name: string;
  readonly sha256: string;
  readonly dtype: LoadedModel['info']['dtype'];
  readonly backend: LoadedModel['info']['backend']['name'];
  readonly activation: LoadedModel['info']['activation'];
} {
  const { sha256, info } = loaded;
  return { name, sha256, dtype: info.dtype, backend: info.backend.name, activation: info.activation };
}
