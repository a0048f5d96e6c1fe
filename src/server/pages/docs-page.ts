import { readAsset } from '../../inspection/report/assets.js';
import { html } from '../../inspection/report/escape.js';
import { createDocument, type PageDocument } from '../../inspection/report/page-shell.js';
import { keyButton, keyForm } from './key-form-html.js';
import { siteHeader } from './site-header.js';

/** The page that shows `/openapi.json`; `client/docs.ts` loads it, because it may require a key. */
export function docsPage(): PageDocument {
  return createDocument({
    title: 'API · tfjs-reranker',
    body: html`${siteHeader('docs', keyButton())}
<main id="main" class="page" tabindex="-1">
  <div class="intro">
    <h1>API</h1>
    <p class="soft">The requests that this server accepts, from its own <a href="openapi.json">OpenAPI document</a>.</p>
  </div>
  <noscript><p class="notice" data-kind="warn">This page needs JavaScript. The same information is in openapi.json.</p></noscript>
  ${keyForm()}
  <p class="notice" data-kind="error" id="error" role="alert" hidden></p>
  <div id="api" class="api" aria-busy="true"></div>
</main>`,
    style: readAsset('docs.css'),
    script: readAsset('docs.js'),
    connects: true,
  });
}
