/**
 * Work on texts in steps, so that the caller can do other work in between. Each step yields the number of UTF-16 units
 * that it has processed.
 */
export type Steps<T> = Generator<number, T>;

/** Does all steps at once. */
export function finish<T>(steps: Steps<T>): T {
  let step = steps.next();
  while (step.done !== true) {
    step = steps.next();
  }
  return step.value;
}
