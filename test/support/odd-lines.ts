import fc from 'fast-check';

/** First and last code points of the characters of a line. */
const RANGES: readonly (readonly [name: string, first: number, last: number])[] = [
  ['ASCII', 0x20, 0x7e],
  ['controls', 0x00, 0x1f],
  ['more controls', 0x7f, 0xa0],
  ['Latin', 0xa1, 0x24f],
  ['combining marks', 0x300, 0x36f],
  ['Greek and Cyrillic', 0x370, 0x52f],
  ['Hebrew and Arabic', 0x590, 0x6ff],
  ['Indic scripts', 0x900, 0xdff],
  ['Thai, Lao, Tibetan, Burmese', 0xe00, 0x109f],
  ['Hangul letters', 0x1100, 0x11ff],
  ['Greek and Latin with marks', 0x1e00, 0x1fff],
  ['blanks, joiners, punctuation', 0x2000, 0x206f],
  ['signs', 0x2070, 0x27bf],
  ['kana, fullwidth blank', 0x3000, 0x30ff],
  ['squared letters', 0x3200, 0x33ff],
  ['Chinese', 0x4e00, 0x9fff],
  ['Hangul', 0xac00, 0xd7a3],
  ['compatibility forms', 0xf900, 0xfe6f],
  ['fullwidth and halfwidth', 0xff00, 0xffef],
  ['styled letters', 0x1d400, 0x1d7ff],
  ['flags and emoji', 0x1f100, 0x1faff],
  ['rare Chinese', 0x20000, 0x2a6df],
  ['anything', 0x0, 0xd7ff],
  ['anything beyond', 0xe000, 0x10ffff],
];

/** Characters that normalization and graphemes treat specially, and ordinary words between them. */
const FRAGMENTS =
  ' |  |   |\t|\r\n|\u3000|▁|the|of the |ing|tokenization|中文|的|法国的首都|。|，|e\u0301|q\u0307\u0323|ﬁ|½|…|™|ﷺ|㍿|ｶﾞ|각|한\u0301|กำ|नि|👍🏽|👩\u200d💻|🇫🇷|1\ufe0f\u20e3|\u200d|\ufeff|\u00ad|\ufffd'.split(
    '|',
  );

const character = fc
  .constantFrom(...RANGES)
  .chain(([, first, last]) => fc.integer({ min: first, max: last }))
  .map((code) => String.fromCodePoint(code));
const word = fc
  .constantFrom(...RANGES)
  .chain(([, first, last]) => fc.array(fc.integer({ min: first, max: last }), { maxLength: 8 }))
  .map((codes) => String.fromCodePoint(...codes));
const run = fc.tuple(character, fc.integer({ min: 2, max: 60 })).map(([text, times]) => text.repeat(times));
const fragment = fc.constantFrom(...FRAGMENTS);

/** A line of mixed scripts, controls, marks, emoji, runs and blanks; well-formed, and without added tokens. */
export const oddLine: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { arbitrary: fragment, weight: 4 },
      { arbitrary: character, weight: 3 },
      { arbitrary: word, weight: 3 },
      { arbitrary: run, weight: 1 },
    ),
    { maxLength: 16 },
  )
  .map((parts) => parts.join(''))
  .filter((line) => !/<\/?(?:s|pad|unk|mask)>/.test(line));
