import { createHash } from 'node:crypto';
import { InternalError } from '../../errors/errors.js';
import { type Html, html, jsonForScript, trustedHtml } from './escape.js';

/** What a page is made of. */
export interface DocumentParts {
  readonly title: string;
  /** Of the page's own words; default `en`. */
  readonly lang?: string;
  readonly body: Html;
  /** CSS, as `readAsset` gives it. */
  readonly style: string;
  /** A script, as `readAsset` gives it; it runs when the body is there. */
  readonly script?: string;
  /** Data for the script, which finds it as JSON in the element `data`. */
  readonly data?: unknown;
  /** Whether the script may send requests to the page's own server; no page may send any elsewhere. */
  readonly connects?: boolean;
  /** Style and script of pages that it shows in frames: what is written into a frame has the policy of its page too. */
  readonly frames?: { readonly style: string; readonly script: string };
  /** Whether elements may have a `style` attribute, for values that are known when the page is made. */
  readonly styleAttributes?: boolean;
}

/** A whole page in one file. */
export interface PageDocument {
  readonly html: string;
  /** Its Content-Security-Policy, which is in the page too: its own style and script, and nothing else. */
  readonly policy: string;
}

/** Three bars, as results are shown. */
const ICON =
  'data:image/svg+xml,' +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="#2f6fb0">' +
      '<rect y="2" width="16" height="3" rx="1"/><rect y="7" width="10" height="3" rx="1"/><rect y="12" width="5" height="3" rx="1"/></svg>',
  );

/**
 * A page with its style, script and data inside: nothing is fetched to show it.
 *
 * @throws InternalError for a style or script that would end its own element.
 */
export function createDocument(parts: DocumentParts): PageDocument {
  const { title, lang = 'en', body, style, script, data } = parts;
  const policy = contentSecurityPolicy(parts);
  const page = html`<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="tfjs-reranker">
<title>${title}</title>
<link rel="icon" href="${ICON}">
<style>${inline(style, 'style')}</style>
</head>
<body>
${body}
${data !== undefined && html`<script type="application/json" id="data">${jsonForScript(data)}</script>`}
${script !== undefined && html`<script>${inline(script, 'script')}</script>`}
</body>
</html>
`;
  return { html: page.toString(), policy };
}

function contentSecurityPolicy({ style, script, connects, frames, styleAttributes }: DocumentParts): string {
  const styles = [style, frames?.style].flatMap((part) => (part === undefined ? [] : [hashOf(part)]));
  const scripts = [script, frames?.script].flatMap((part) => (part === undefined ? [] : [hashOf(part)]));
  return [
    "default-src 'none'",
    `style-src ${styles.join(' ')}`,
    ...(styleAttributes ? ["style-src-attr 'unsafe-inline'"] : []),
    ...(scripts.length === 0 ? [] : [`script-src ${scripts.join(' ')}`]),
    ...(connects ? ["connect-src 'self'"] : []),
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

function inline(text: string, element: 'style' | 'script'): Html {
  if (new RegExp(`</${element}|<!--`, 'i').test(text)) {
    throw new InternalError(`A page's ${element} has the text that ends it inside.`);
  }
  return trustedHtml(text);
}
