/**
 * Work on texts in steps, for those who must not keep their thread to themselves: each step yields the number of
 * UTF-16 units that it has worked on.
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
