import { describe, expect, it } from 'vitest';
import { TokenizationError } from '../../dist/errors/errors.js';
import { JsonField } from '../../dist/tokenizer/json-field.js';
import { parsePattern } from '../../dist/tokenizer/pattern.js';

function find(pattern: object): (text: string) => string[] {
  const matches = parsePattern(new JsonField(pattern, 'models/x/tokenizer.json', 'normalizer.pattern'));
  return (text) => Array.from(matches(text), ({ start, end }) => text.slice(start, end));
}

const regex = (source: string): ((text: string) => string[]) => find({ Regex: source });

describe('a pattern of tokenizer.json', () => {
  it('knows Unicode in its classes', () => {
    expect(regex(String.raw`\W`)('中é а1_ ①²³!')).toEqual([' ', ' ', '①', '!']);
    expect(regex(String.raw`[\w]`)('²中')).toEqual(['中']);
    expect(regex(String.raw`\s+`)('a\u3000\u0085\ufeffb')).toEqual(['\u3000\u0085']);
    expect(regex(String.raw`\d`)('1٣①')).toEqual(['1', '٣']);
    expect(regex(String.raw`\p{han}+|[[:punct:]]`)('中文a。$')).toEqual(['中文', '。', '$']);
  });

  it('considers characters unassigned that are newer than Unicode 16, as Oniguruma does', () => {
    expect(regex(String.raw`\W|\p{Cn}`)('\u{3334d}\u1ad5中')).toEqual(['\u{3334d}', '\u1ad5']);
    expect(regex(String.raw`\p{Cn}|[[:alpha:]]`)('\u{3334d}')).toEqual(['\u{3334d}']);
    expect(regex(String.raw`[[:alpha:]]|\p{Han}|[\w]`)('\u{3334d}')).toEqual([]);
  });

  it('matches a string literally', () => {
    expect(find({ String: '.*' })('a.*b')).toEqual(['.*']);
    expect(find({ String: '' })('ab')).toEqual(['', '', '']);
  });

  it('finds no empty match where one has just ended', () => {
    expect(regex('a*')('baac')).toEqual(['', 'aa', '']);
    expect(regex('(?:a|)')('baac')).toEqual(['', 'a', 'a', '']);
  });

  it('supports what JavaScript does not', () => {
    expect(regex('a++a|b')('aaab')).toEqual(['b']);
    expect(regex('(?>a|ab)c')('abc ac')).toEqual(['ac']);
    expect(regex('(?i:ab)c')('ABc ABC')).toEqual(['ABc']);
    expect(regex('(?x) a b # words')('ab a b')).toEqual(['ab']);
    expect(regex(String.raw`(?m).\z`)('a\n')).toEqual(['\n']);
    expect(regex(String.raw`\R|\h`)('x\r\ny\na')).toEqual(['\r\n', '\n', 'a']);
    expect(regex('^.|x$')('ax\nbx\n')).toEqual(['a', 'x', 'b', 'x']);
    expect(regex(String.raw`(?<!a|😀)\w`)('ab😀c')).toEqual(['a']);
  });

  it.each([
    [String.raw`(a)\1`, 'must not use backreferences (not supported)'],
    [String.raw`(?<a>x\g<a>?)`, 'must not use subroutines'],
    ['(?~ab)', 'must not use absence functions'],
    [String.raw`\X`, String.raw`must not use \X (grapheme clusters`],
    [String.raw`a\Kb`, String.raw`must not use \K`],
    [String.raw`\Ga`, String.raw`must not use \G`],
    ['a(?i)b', 'must not use flags in the middle'],
    ['(?i)ß', 'must not ignore the case of ß'],
    ['(?i)miss', 'must not ignore the case of "ss"'],
    ['(?:a*)*', 'must not repeat without limit what may be empty'],
    ['(?<=a+)b', 'must not look behind by more than 32 characters'],
    ['(?:(?:ab){100}){100}', 'must not repeat this often'],
    [String.raw`\p{Nonsense}`, 'must not use the class Nonsense'],
    ['(', 'must be a regular expression of Oniguruma (Unclosed group)'],
    ['x'.repeat(2001), 'must be no longer than 2000 characters'],
    ['(?:(?:){10000}){10000}', 'must not repeat this often'],
  ])('names what it does not support: %s', (source, message) => {
    expect(() => regex(source)).toThrow(TokenizationError);
    expect(() => regex(source)).toThrow(`models/x/tokenizer.json: normalizer.pattern.Regex ${message}`);
  });

  it.each([
    ['(?:a+)+b', 'a'.repeat(64)],
    ['(a|a)*b', 'a'.repeat(64)],
    [String.raw`\s+$`, `${' '.repeat(5_000)}x`],
    ['(?:.*){3}x', 'a'.repeat(500)],
    [String.raw`(?=.*\d).`, 'a'.repeat(5_000)],
  ])('stops %s', (source, text) => {
    const find = regex(source);
    expect(() => find(text)).toThrow(
      /tokenizer\.json: normalizer\.pattern\.Regex must find its matches within \d+ steps/,
    );
  });

  it('reads a million units', () => {
    const text = 'ab  c\n'.repeat(170_000);
    expect(regex(' {2,}')(text)).toHaveLength(170_000);
    expect(regex(String.raw` ?\p{L}+|\s+(?!\S)|\s+`)(text)).toHaveLength(4 * 170_000);
    expect(regex(String.raw`(?:\w|\s)+`)(text)).toHaveLength(1);
  });
});
