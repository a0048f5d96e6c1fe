import * as errors from '../errors/errors.js';

/** An error as plain data, because cloning would lose its class and fields. */
export interface ErrorMessage {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly cause: ErrorMessage | undefined;
}

/** Anything that was thrown, as plain data. */
export function toErrorMessage(thrown: unknown): ErrorMessage {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const { name, message, stack, cause } = error;
  return {
    name,
    message,
    stack,
    fields: { ...error },
    cause: cause === undefined ? undefined : toErrorMessage(cause),
  };
}

/** The error again, with its fields and causes; one of this project gets its own class. */
export function fromErrorMessage({ name, message, stack, fields, cause }: ErrorMessage): Error {
  const error = new Error(message, cause && { cause: fromErrorMessage(cause) });
  const ours = (errors as Readonly<Record<string, { readonly prototype: object }>>)[name];
  if (ours !== undefined) {
    Object.setPrototypeOf(error, ours.prototype);
  }
  return Object.assign(error, fields, stack === undefined ? {} : { stack });
}
