import { readAsset } from '../../inspection/report/assets.js';
import { type Html, html } from '../../inspection/report/escape.js';
import { createDocument, type PageDocument } from '../../inspection/report/page-shell.js';
import { keyButton, keyForm } from './key-form-html.js';
import { siteHeader } from './site-header.js';

/** The playground: scores while the user types. It contains no data; `client/playground.ts` asks the server. */
export function playgroundPage(): PageDocument {
  return createDocument({
    title: 'Playground · tfjs-reranker',
    body: html`${siteHeader('playground', keyButton())}
<main id="main" class="page" tabindex="-1">
  <div class="intro">
    <h1>Which document answers best?</h1>
    <p class="soft">Scores follow as you type: the model reads the query together with each document.</p>
  </div>
  <noscript><p class="notice" data-kind="warn">The playground needs JavaScript. The README shows how to send requests with curl.</p></noscript>
  ${keyForm()}
  <form id="request" autocomplete="off" novalidate>
    ${queryPanel()}
    <div class="columns">
      ${documentsPanel()}
      ${resultsPanel()}
    </div>
  </form>
  ${codePanel()}
</main>
${whyDialog()}`,
    style: readAsset('playground.css'),
    script: readAsset('playground.js'),
    connects: true,
    frames: { style: readAsset('report.css'), script: readAsset('report.js') },
  });
}

function queryPanel(): Html {
  return html`<section class="panel query-panel" aria-label="Query">
  <div class="label-row">
    <label for="query">Query</label>
    <div class="examples" role="group" aria-label="Examples">
      <button type="button" class="button" data-kind="quiet" data-example="en">English example</button>
      <button type="button" class="button" data-kind="quiet" data-example="zh" lang="zh">中文示例</button>
    </div>
  </div>
  <div class="query-row">
    <textarea id="query" rows="1" class="grows" placeholder="What do you want to know?" enterkeyhint="go"></textarea>
    <button class="button" data-kind="primary" id="run" aria-keyshortcuts="Control+Enter Meta+Enter">Rerank <kbd aria-hidden="true">Ctrl ↵</kbd></button>
  </div>
  <div class="options">
    <div class="option option-model"><label for="model">Model</label><select id="model" disabled><option>…</option></select></div>
    <div class="option"><label for="top-n"><code>top_n</code></label><input id="top-n" type="number" min="1" step="1" inputmode="numeric" placeholder="all"></div>
    <div class="option"><label for="min-score"><code>min_score</code></label><input id="min-score" type="number" step="any" inputmode="decimal" placeholder="none"></div>
    <label class="check"><input id="raw-scores" type="checkbox"> Raw logits</label>
    <label class="check"><input id="live" type="checkbox" checked> Live</label>
  </div>
</section>`;
}

function documentsPanel(): Html {
  return html`<section class="documents" aria-labelledby="documents-title">
  <div class="label-row">
    <h2 id="documents-title">Documents <span class="count number" id="document-count"></span></h2>
    <fieldset class="switch">
      <legend class="visually-hidden">How documents are written</legend>
      <label><input type="radio" name="view" value="blocks" checked><span>Blocks</span></label>
      <label><input type="radio" name="view" value="lines"><span>One per line</span></label>
    </fieldset>
  </div>
  <ol id="blocks" class="blocks"></ol>
  <textarea id="lines" rows="12" aria-label="Documents, one per line" placeholder="One document per line" hidden></textarea>
  <div class="document-actions">
    <button type="button" class="button" id="add">Add document</button>
    <button type="button" class="button" id="open">Open file…</button>
    <input id="file" type="file" accept=".txt,.jsonl,.ndjson,text/plain" aria-label="A .txt or .jsonl file of documents" hidden>
    <button type="button" class="button" data-kind="quiet" id="clear">Clear</button>
  </div>
  <p class="hint documents-hint">Paste many lines at once, or drop a .txt (a document per line) or .jsonl file here.</p>
  <p class="notice documents-notice" id="documents-notice" role="status" hidden></p>
</section>`;
}

function resultsPanel(): Html {
  return html`<section class="results" aria-labelledby="results-title" id="results" aria-busy="false">
  <div class="label-row">
    <h2 id="results-title">Ranking</h2>
    <p class="hint number" id="status" role="status"></p>
  </div>
  <div class="progress" aria-hidden="true"></div>
  <p class="notice" data-kind="error" id="error" role="alert" hidden></p>
  <p class="notice" data-kind="warn" id="warning" hidden></p>
  <p class="query-cut" id="query-cut" hidden></p>
  <ol id="ranking" class="ranking" aria-labelledby="results-title"></ol>
  <p class="empty soft" id="empty">Write a query and at least one document.</p>
  <dl class="facts small" id="facts" hidden></dl>
</section>`;
}

function codePanel(): Html {
  return html`<section class="code-panel" aria-labelledby="code-title">
  <div class="label-row">
    <h2 id="code-title">The same request</h2>
    <div class="code-actions">
      <fieldset class="switch">
        <legend class="visually-hidden">Language</legend>
        <label><input type="radio" name="language" value="curl" checked><span>curl</span></label>
        <label><input type="radio" name="language" value="typescript"><span>TypeScript</span></label>
      </fieldset>
      <button type="button" class="button" id="copy">Copy</button>
    </div>
  </div>
  <pre class="code" tabindex="0" role="region" aria-labelledby="code-title"><code id="code"></code></pre>
  <p class="visually-hidden" id="copied" role="status"></p>
</section>`;
}

/** Why one document scored as it did: the server's report page in a frame. */
function whyDialog(): Html {
  return html`<dialog class="why" id="why" aria-labelledby="why-title">
  <div class="why-head">
    <h2 id="why-title">Why this score?</h2>
    <p class="hint" id="why-status" role="status"></p>
    <a class="button" id="why-save" download="why.html" hidden>Save as a page</a>
    <button type="button" class="button" id="why-close">Close</button>
  </div>
  <p class="notice" data-kind="error" id="why-error" role="alert" hidden></p>
  <div class="progress" aria-hidden="true"></div>
  <iframe id="why-report" title="Why this score?" sandbox="allow-scripts" hidden></iframe>
</dialog>`;
}
