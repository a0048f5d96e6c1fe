import { byId, grow } from '../../../inspection/report/client/shared/dom.js';
import { CodePanel } from './playground/code-panel.js';
import { CutPlaces } from './playground/cut-places.js';
import { DocumentsEditor } from './playground/documents-editor.js';
import { EXAMPLES } from './playground/examples.js';
import { Debounced, Latest } from './playground/latest.js';
import { ModelChoice } from './playground/model-choice.js';
import { type Answer, type PlaygroundRequest, toBody, toInspectBody } from './playground/request.js';
import { ResultsPanel, type ShownAnswer } from './playground/results-panel.js';
import { WhyDialog } from './playground/why-dialog.js';
import { KeyForm } from './shared/key-form.js';
import { Server, ServerError } from './shared/server.js';

/** The request is sent this long after the last key press. */
const PAUSE_MS = 200;

const server = new Server();
const latest = new Latest();
const cutPlaces = new CutPlaces(server);
const why = new WhyDialog(server);
const results = new ResultsPanel(({ request, answer }, document) => {
  const best = request.documents[answer.results[0]?.index ?? 0] ?? document;
  why.open(toInspectBody(request, document, best));
});
const code = new CodePanel();
const query = byId('query', HTMLTextAreaElement);
const topN = byId('top-n', HTMLInputElement);
const minScore = byId('min-score', HTMLInputElement);
const rawScores = byId('raw-scores', HTMLInputElement);
const live = byId('live', HTMLInputElement);
const form = byId('request', HTMLFormElement);

const scoring = new Debounced(() => void latest.run(score), PAUSE_MS);
const documents = new DocumentsEditor(changed);
const models = new ModelChoice(server, changed);
const keyForm = new KeyForm(server, () => {
  models.forget();
  showCode();
  scoring.now();
});

function currentRequest(): PlaygroundRequest {
  return {
    query: query.value,
    documents: documents.texts(),
    model: models.chosen,
    topN: numberOf(topN),
    minScore: numberOf(minScore),
    rawScores: rawScores.checked,
  };
}

/** Called when the request changes: the code is updated at once, the scores follow. */
function changed(): void {
  showCode();
  if (live.checked) {
    scoring.soon();
  }
}

function showCode(): void {
  code.show({
    url: server.addressOf('v1/rerank'),
    body: toBody(currentRequest()),
    hasKey: server.key !== '',
  });
}

async function score(signal: AbortSignal): Promise<void> {
  try {
    if (models.chosen === undefined) {
      await models.load(signal);
      showCode();
    }
    const request = currentRequest();
    if (request.query.trim() === '' || request.documents.length === 0) {
      results.clear('Write a query and at least one document.');
      return;
    }
    results.wait();
    const startedAt = performance.now();
    const answer = await server.ask<Answer>('v1/rerank', { body: toBody(request), signal });
    const shown = { request, answer, ms: performance.now() - startedAt };
    results.show(shown);
    await showCuts(shown, signal);
  } catch (error) {
    if (!signal.aborted) {
      fail(error);
    }
  }
}

/** Marks the parts of texts that were cut. If the places cannot be found, the scores stay. */
async function showCuts(shown: ShownAnswer, signal: AbortSignal): Promise<void> {
  try {
    const cuts = await findCuts(shown, signal);
    if (cuts !== undefined) {
      results.show({ ...shown, ...cuts });
    }
  } catch (error) {
    signal.throwIfAborted();
    results.warn(`The places where texts were cut are not known. ${(error as Error).message}`);
  }
}

async function findCuts(
  { request, answer: { results } }: ShownAnswer,
  signal: AbortSignal,
): Promise<Pick<ShownAnswer, 'cutsAt' | 'queryCutAt'> | undefined> {
  const ofQuery = Math.max(0, ...results.map(({ tokens }) => tokens.query_cut));
  const cut = results.map(({ index, tokens }) => ({
    text: request.documents[index] ?? '',
    tokensCut: tokens.document_cut,
  }));
  if (ofQuery === 0 && cut.every(({ tokensCut }) => tokensCut === 0)) {
    return undefined;
  }
  const texts = cut.filter(({ tokensCut }) => tokensCut > 0);
  const asked = ofQuery > 0 ? [{ text: request.query, tokensCut: ofQuery }, ...texts] : texts;
  const places = await cutPlaces.find(asked, request.model, signal);
  const queryCutAt = ofQuery > 0 ? places.shift() : undefined;
  return {
    cutsAt: cut.map(({ text, tokensCut }) => (tokensCut > 0 ? (places.shift() ?? 0) : text.length)),
    ...(queryCutAt === undefined ? {} : { queryCutAt }),
  };
}

function fail(error: unknown): void {
  if (error instanceof ServerError && error.status === 401) {
    results.clear('The server requires an API key.');
    keyForm.ask(error.message);
  } else {
    results.fail(error);
  }
}

function showExample(name: string): void {
  const example = EXAMPLES[name as keyof typeof EXAMPLES];
  query.value = example.query;
  grow(query);
  documents.set(example.documents);
}

/** @returns undefined for a field that is empty or not a number yet. */
function numberOf({ value, valueAsNumber }: HTMLInputElement): number | undefined {
  return value === '' || Number.isNaN(valueAsNumber) ? undefined : valueAsNumber;
}

query.addEventListener('input', () => {
  grow(query);
  changed();
});
for (const field of [topN, minScore, rawScores]) {
  field.addEventListener('input', changed);
}
live.addEventListener('change', () => live.checked && scoring.now());
form.addEventListener('submit', (event) => {
  event.preventDefault();
  scoring.now();
});
// While an input method composes, Enter only accepts the composition; otherwise it sends the request.
query.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.isComposing) {
    event.preventDefault();
    scoring.now();
  }
});
document.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.isComposing) {
    event.preventDefault();
    scoring.now();
  }
});
for (const button of document.querySelectorAll<HTMLButtonElement>('[data-example]')) {
  button.addEventListener('click', () => showExample(button.dataset.example ?? 'en'));
}

showExample('en');
scoring.now();
