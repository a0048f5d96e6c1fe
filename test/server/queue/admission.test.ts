import { describe, expect, test } from 'vitest';
import { OverloadedError } from '../../../dist/errors/errors.js';
import { Admission } from '../../../dist/server/queue/admission.js';

const refusal = (admission: Admission, tokens: number): OverloadedError => {
  try {
    admission.enter(tokens)();
  } catch (error) {
    return error as OverloadedError;
  }
  throw new Error('It was accepted.');
};

describe('admission', () => {
  test('a request that leaves gives its room back', () => {
    const admission = new Admission({ maxTokens: 100, maxWaitMs: 1000 });
    const leave = admission.enter(90);
    expect(refusal(admission, 20).message).toContain('do not fit into the queue of 100');
    admission.assertRoom(10);
    expect(() => admission.assertRoom(11)).toThrow(OverloadedError);
    admission.enter(10)();
    expect(admission).toMatchObject({ tokens: 90, requests: 1 });
    leave();
    expect(admission).toMatchObject({ tokens: 0, requests: 0 });
  });

  test('a request larger than the queue enters an empty one', () => {
    const admission = new Admission({ maxTokens: 100, maxWaitMs: 1000 });
    expect(admission.enter(1000)).toBeDefined();
    expect(refusal(admission, 1)).toBeInstanceOf(OverloadedError);
  });

  test('explanations must fit, and take at most their share', () => {
    const admission = new Admission({ maxTokens: 100, maxWaitMs: 1000 });
    expect(() => admission.enterExplanation(101)).toThrow(
      'do not fit into the queue of 100. Send fewer or shorter documents.',
    );
    const leave = admission.enterExplanation(100);
    expect(admission.tokens).toBe(50);
    expect(() => admission.enterExplanation(1)).toThrow('Try again later.');
    admission.enter(50)();
    leave();
    expect(admission).toMatchObject({ tokens: 0, requests: 0 });
    // Several together hold no more than one large one: the other half is for requests.
    const leaveAll = [admission.enterExplanation(40), admission.enterExplanation(50)];
    expect(admission.tokens).toBe(50);
    admission.enter(50)();
    for (const each of [...leaveAll, ...leaveAll]) {
      each();
    }
    expect(admission).toMatchObject({ tokens: 0, requests: 0 });
  });

  test('requests that could not be answered in time are refused, once the speed is known', () => {
    const admission = new Admission({ maxTokens: 1_000_000, maxWaitMs: 1000 });
    const leave = admission.enter(5000);
    admission.enter(100_000)(); // nothing is measured, so only the queue could refuse it
    admission.measure(1000, 100); // 10 a millisecond: 7500 in three quarters of the time
    admission.enter(2000)();
    const { message, retryAfterMs } = refusal(admission, 3000);
    expect(message).toContain('in time (about 7500)');
    expect(retryAfterMs).toBeCloseTo(50);
    leave();
    admission.enter(100_000)(); // into an empty queue
  });
});
