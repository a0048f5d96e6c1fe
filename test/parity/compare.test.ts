import { describe, expect, test } from 'vitest';
import { InputError } from '../../dist/errors/errors.js';
import { compareWithGolden, distance } from '../../dist/parity/compare.js';
import { parseGolden } from '../../dist/parity/golden.js';

const golden = (logits: number[], extra: object = {}) =>
  parseGolden(
    JSON.stringify({
      provenance: {},
      tolerance: 0.01,
      pairs: logits.map((logit) => ({ input_ids: [0, 2, 2, 2], logit, ...extra })),
    }),
    'golden.json',
  );
const ids = (pairs: number) => Array.from({ length: pairs }, () => [0, 2, 2, 2]);

describe('distance', () => {
  test('largest, mean, and where', () => {
    expect(distance([1, 2, 3], [1, 2.5, 2.9])).toEqual({ max: 0.5, mean: expect.closeTo(0.2, 12), at: 1 });
    expect(distance([], [])).toEqual({ max: 0, mean: 0, at: 0 });
  });

  test('NaN passes no tolerance', () => {
    expect(distance([1, 2], [Number.NaN, 2]).max <= 1e9).toBe(false);
    expect(distance([1, 2], [1, Number.NaN]).mean).toBeNaN();
  });

  test('other lengths are an error', () => {
    expect(() => distance([1], [1, 2])).toThrow(InputError);
  });
});

describe('compareWithGolden', () => {
  test('within the tolerance', () => {
    const report = compareWithGolden(golden([1, 2]), [[1.009], [1.991]], ids(2));
    expect(report.passed).toBe(true);
    expect(report.fromFloat32.max).toBeCloseTo(0.009, 12);
    expect(report.fromFloat64).toBeUndefined();
  });

  test.each([
    ['too far', [[1.02], [2]]],
    ['not a number', [[Number.NaN], [2]]],
  ])('%s', (_what, logits) => {
    const report = compareWithGolden(golden([1, 2]), logits, ids(2));
    expect(report.passed).toBe(false);
    expect(report.outOfTolerance).toEqual([0]);
  });

  test('close to float32 but far from float64 is too far', () => {
    const report = compareWithGolden(golden([1], { logit_float64: 1.05 }), [[1]], ids(1));
    expect(report.passed).toBe(false);
    expect(report.referenceNoise?.max).toBeCloseTo(0.05, 12);
  });

  test('other token ids fail, whatever the logits', () => {
    const report = compareWithGolden(
      golden([1, 2]),
      [[1], [2]],
      [
        [0, 2, 2, 2],
        [0, 2, 2],
      ],
    );
    expect(report.idMismatches).toEqual([1]);
    expect(report.passed).toBe(false);
  });

  test('changes of order count if the reference logits differ by more than twice the tolerance', () => {
    const near = compareWithGolden(golden([1, 1.015]), [[1.03], [1.01]], ids(2));
    expect(near.orderChanges).toEqual([]);
    const apart = compareWithGolden(golden([1, 1.05, 3]), [[1.06], [1.04], [3]], ids(3));
    expect(apart.orderChanges).toEqual([[1, 0]]);
  });

  test('a golden of another number of labels is refused', () => {
    expect(() => compareWithGolden(golden([1]), [[1, 2]], ids(1))).toThrow(/belongs to another model/);
  });
});

describe('parseGolden', () => {
  test.each([
    ['{', /not JSON/],
    ['{}', /provenance/],
    ['{"provenance":{},"pairs":[]}', /pairs/],
    ['{"provenance":{},"pairs":[{"input_ids":[0]}]}', /pairs\.0.*"logit".*missing/],
    ['{"provenance":{},"pairs":[{"input_ids":[0],"logit":"1"}]}', /pairs\.0\.logit/],
    ['{"provenance":{},"pairs":[{"query":"q","input_ids":[0],"logit":1}]}', /go together/],
  ])('%s', (text, message) => {
    expect(() => parseGolden(text, 'golden.json')).toThrow(message);
  });

  test('classifiers have lists', () => {
    const text = '{"provenance":{},"pairs":[{"input_ids":[0],"logits":[1,2],"logits_float64":[1,2]}]}';
    expect(parseGolden(text, 'g').pairs[0]).toMatchObject({ logits: [1, 2], logitsFloat64: [1, 2] });
  });
});
