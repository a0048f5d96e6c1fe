import { createHash } from 'node:crypto';
import { InternalError } from '../../errors/errors.js';
import { type Html, html, jsonForScript, trustedHtml } from './escape.js';

/** The parts of a page. */
export interface DocumentParts {
  readonly title: string;
  /** Language of the page's own texts; default `en`. */
  readonly lang?: string;
  readonly body: Html;
  /** CSS from `readAsset`. */
  readonly style: string;
  /** A script from `readAsset`; it runs after the body is parsed. */
  readonly script?: string;
  /** Data for the script, as JSON in the element `data`. */
  readonly data?: unknown;
  /** Whether the script may send requests to the page's own server. No page may send requests elsewhere. */
  readonly connects?: boolean;
  /** Style and script of pages that it shows in frames, because a frame inherits the policy of its page. */
  readonly frames?: { readonly style: string; readonly script: string };
  /** Whether elements may have a `style` attribute, for values that are known when the page is created. */
  readonly styleAttributes?: boolean;
}

/** A whole page in one file. */
export interface PageDocument {
  readonly html: string;
  /** Its Content-Security-Policy, which is also in the page: its own style and script, and nothing else. */
  readonly policy: string;
}

/** Three bars, like the bars of results. */
const ICON =
  'data:image/svg+xml,' +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="#2f6fb0">' +
      '<rect y="2" width="16" height="3" rx="1"/><rect y="7" width="10" height="3" rx="1"/><rect y="12" width="5" height="3" rx="1"/></svg>',
  );

/**
 * A page that contains its style, script and data: showing it loads nothing.
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
    throw new InternalError(`A page's ${element} contains the text that would end it.`);
  }
  return trustedHtml(text);
}
