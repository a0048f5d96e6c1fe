import type { ModelInfo } from '../../engine/types.js';
import type { RemoteModel } from '../../process/remote-model.js';
import type { Turns } from '../../process/turns.js';
import type { Explainer } from '../explain/explainer.js';
import { HttpError } from '../http/http-error.js';
import type { ScoreQueue } from './score-queue.js';

/** A served model. */
export interface ServedModel {
  readonly name: string;
  /** Other names of it; `*` stands for any name that no model has. */
  readonly aliases: readonly string[];
  /** Texts are tokenized in this process; the layers run in processes of their own. */
  readonly remote: RemoteModel;
  /** The sha256 of its weights, in hexadecimal. */
  readonly sha256: string;
  /** Tokenizing takes turns here, with the texts of all models. */
  readonly turns: Turns;
  readonly queue: ScoreQueue;
  readonly explainer: Explainer;
}

/** The model for a request, and a warning if it is not the requested one. */
export interface ChosenModel {
  readonly model: ServedModel;
  readonly warnings: readonly string[];
}

/** The served models; the first is the default. */
export class Models {
  constructor(readonly all: readonly [ServedModel, ...ServedModel[]]) {}

  /** Whether every model can compute at this moment. */
  get areReady(): boolean {
    return this.all.every(({ remote }) => remote.isUp);
  }

  /**
   * The model with a name or an alias. A hub name `owner/name` also finds a folder called `name`, and the other way
   * round. Without a name: the default model.
   *
   * @throws HttpError 404 that names the served models.
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
    const warning = `The model ${JSON.stringify(name.slice(0, 200))} is not served here; ${any.name} was used.`;
    return { model: any, warnings: [warning] };
  }
}

/** The facts about a model in answers: its name, weights, backend, dtype and activation. */
export function describeModel({ name, sha256, remote: { info } }: ServedModel): {
  readonly name: string;
  readonly sha256: string;
  readonly dtype: ModelInfo['dtype'];
  readonly backend: ModelInfo['backend']['name'];
  readonly activation: ModelInfo['activation'];
} {
  return { name, sha256, dtype: info.dtype, backend: info.backend.name, activation: info.activation };
}
