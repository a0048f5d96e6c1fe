import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { html } from '../../../dist/inspection/report/escape.js';
import { createDocument } from '../../../dist/inspection/report/page-shell.js';

const parts = { title: 'A <b> & c', body: html`<p>body</p>`, style: 'p{color:red}' };
const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

describe('a document', () => {
  test('has its style inside, and its policy allows that alone', () => {
    const { html: page, policy } = createDocument(parts);
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(page).toContain('<title>A &lt;b&gt; &amp; c</title>');
    expect(page).toContain('<style>p{color:red}</style>');
    expect(policy).toContain(`default-src 'none'; style-src ${hash(parts.style)};`);
    expect(policy).not.toMatch(/script-src|connect-src|unsafe|https?:/);
    expect(page).toContain(`content="${policy.replaceAll("'", '&#39;')}"`);
  });

  test('with a script and data', () => {
    const script = 'document.title="<b>"';
    const { html: page, policy } = createDocument({
      ...parts,
      lang: 'zh',
      script,
      data: { text: '</script>' },
      connects: true,
      styleAttributes: true,
    });
    expect(page).toContain(`<script>${script}</script>`);
    expect(page).toContain('id="data">{"text":"\\u003c/script>"}</script>');
    expect(page).toContain('<html lang="zh">');
    expect(policy).toContain(`script-src ${hash(script)}; connect-src 'self'`);
    expect(policy).toContain("style-src-attr 'unsafe-inline'");
  });

  test.each([
    ['style', '</STYLE >'],
    ['script', 'x="</script>"'],
    ['script', '<!--'],
  ])('a %s with %s inside is refused', (name, text) => {
    expect(() => createDocument({ ...parts, [name]: text })).toThrow('contains the text that would end it');
  });
});
