import type { ReportData } from '../report-data.js';
import { AttentionExplorer } from './report/attention-explorer.js';
import { chooseDocuments } from './report/choose-document.js';
import { chooseMethods } from './report/choose-method.js';
import { linkSentences } from './report/link-sentences.js';

const data = JSON.parse(document.getElementById('data')?.textContent ?? '[]') as ReportData;

for (const article of document.querySelectorAll<HTMLElement>('[data-document]')) {
  chooseMethods(article);
  linkSentences(article);
}

/** The maps of a document are unpacked and drawn when it is first shown. */
const explorers = new Map<number, AttentionExplorer>();
chooseDocuments((index) => {
  const shown = data[index];
  const section = document.querySelector<HTMLElement>(`#document-${index} [data-view="attention"]`);
  if (shown?.attention !== undefined && section !== null && !explorers.has(index)) {
    explorers.set(index, new AttentionExplorer(section, shown.tokens, shown.attention));
  }
});
