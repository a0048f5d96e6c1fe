import { type Html, html } from '../../inspection/report/escape.js';

/** The pages of a server. Addresses are relative, because a proxy may serve them under a prefix. */
const PAGES = [
  { name: 'playground', label: 'Playground', href: './' },
  { name: 'docs', label: 'API', href: 'docs' },
] as const;

/** The header of a served page: its name, links to the other pages, and at the end the page's own elements. */
export function siteHeader(current: (typeof PAGES)[number]['name'], own?: Html): Html {
  return html`<a class="skip-link" href="#main">Skip to the content</a>
<header class="site-header">
  <a class="wordmark" href="./" aria-label="tfjs-reranker, playground"><span class="mark" aria-hidden="true"><i></i><i></i><i></i></span>tfjs-reranker</a>
  <nav aria-label="Pages">${PAGES.map(
    ({ name, label, href }) =>
      html`<a href="${href}"${name === current && html` aria-current="page"`}>${label}</a>`,
  )}</nav>
  ${own !== undefined && html`<div class="site-header-own">${own}</div>`}
</header>`;
}
