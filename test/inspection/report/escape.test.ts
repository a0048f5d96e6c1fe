import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeHtml, html, jsonForScript, trustedHtml } from '../../../dist/inspection/report/escape.js';

describe('html', () => {
  test('escapes its values, in text and attributes, and results of `html` only once', () => {
    const text = `<b a="1" b='2'>&`;
    const escaped = '&lt;b a=&quot;1&quot; b=&#39;2&#39;&gt;&amp;';
    expect(String(html`<p title="${text}">${text}</p>`)).toBe(`<p title="${escaped}">${escaped}</p>`);
    expect(String(html`<p>${html`<i>${text}</i>`}</p>`)).toBe(`<p><i>${escaped}</i></p>`);
    expect(String(html`<p>${trustedHtml('<hr>')}</p>`)).toBe('<p><hr></p>');
  });

  test('joins lists, also nested ones; null and false become nothing, 0 stays', () => {
    const none = [undefined, null, false as const];
    expect(String(html`${['a', [html`<br>`, '<']]}${none}${0}${''}`)).toBe('a<br>&lt;0');
  });

  test('takes backslashes of the template as JavaScript does', () => {
    expect(String(html`a\tb`)).toBe('a\tb');
  });

  test('leaves no character of a text with a meaning in HTML', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(escapeHtml(text)).not.toMatch(/[<>"']/);
        expect(escapeHtml(text).replaceAll(/&(amp|lt|gt|quot|#39);/g, '')).not.toContain('&');
      }),
    );
  });
});

test('JSON in a script element cannot end it, and is the same value', () => {
  const value = { text: '</script><!-- <script>', more: ['\u2028', null] };
  const source = String(jsonForScript(value));
  expect(source).not.toContain('<');
  expect(JSON.parse(source)).toEqual(value);
});
