import { byId, create, tell } from '../../../../inspection/report/client/shared/dom.js';
import { ServerError } from '../shared/server.js';
import { Ranking } from './ranking.js';
import type { Answer, PlaygroundRequest } from './request.js';
import { markCut } from './result-item.js';
import { formatScore } from './score-format.js';

/** An answer, its request, and the places where texts were cut. */
export interface ShownAnswer {
  readonly request: PlaygroundRequest;
  readonly answer: Answer;
  /** Time from the request to the answer. */
  readonly ms: number;
  /** For each result, where the model stopped reading; undefined until the places are known. */
  readonly cutsAt?: readonly number[];
  readonly queryCutAt?: number;
}

/** The part of the page that shows the server's answer. */
export class ResultsPanel {
  private readonly panel = byId('results', HTMLElement);
  private readonly status = byId('status', HTMLElement);
  private readonly error = byId('error', HTMLElement);
  private readonly warning = byId('warning', HTMLElement);
  private readonly queryCut = byId('query-cut', HTMLElement);
  private readonly empty = byId('empty', HTMLElement);
  private readonly facts = byId('facts', HTMLElement);
  private readonly list = byId('ranking', HTMLOListElement);
  private readonly ranking: Ranking;
  private shown: ShownAnswer | undefined;

  /** @param onWhy called when the user asks why a document of an answer has its score. */
  constructor(onWhy: (shown: ShownAnswer, document: string) => void) {
    this.ranking = new Ranking(this.list, (document) => onWhy(this.shown as ShownAnswer, document));
  }

  /** Shows that a request is running. */
  wait(): void {
    this.panel.setAttribute('aria-busy', 'true');
  }

  /** Shows nothing but a message. */
  clear(why: string): void {
    this.settle();
    this.ranking.show([]);
    this.status.textContent = '';
    this.facts.hidden = true;
    this.queryCut.hidden = true;
    tell(this.warning, undefined);
    tell(this.empty, why);
  }

  /** Shows an error; the previous ranking stays, faded. */
  fail(error: unknown): void {
    this.settle();
    this.panel.dataset.stale = '';
    this.status.textContent = '';
    const { status = 0, message } = error as Partial<ServerError> & Error;
    tell(this.error, error instanceof ServerError && status > 0 ? `${status}: ${message}` : message);
    tell(this.empty, undefined);
  }

  /** Shows a warning about the present answer. */
  warn(message: string): void {
    tell(this.warning, message);
  }

  show(shown: ShownAnswer): void {
    this.settle();
    this.shown = shown;
    const { request, answer, ms, cutsAt } = shown;
    const { results, usage, meta } = answer;
    const isLogit = meta.score_type === 'logit';
    const scale = Math.max(...results.map(({ relevance_score: score }) => Math.abs(score)), 1);
    this.ranking.show(
      results.map((scored, i) => {
        const text = request.documents[scored.index] ?? '';
        const cutAt = scored.tokens.document_cut === 0 ? text.length : cutsAt?.[i];
        return { scored, text, cutAt, isLogit, scale };
      }),
    );
    const [best] = results;
    const told = `${plural(request.documents.length, 'document')}, ${plural(usage.total_tokens, 'token')}, ${Math.round(ms)} ms`;
    this.status.replaceChildren(
      told,
      create(
        'span',
        { class: 'visually-hidden' },
        best === undefined
          ? ''
          : `. Best: document ${best.index + 1} with ${formatScore(best.relevance_score, isLogit)}.`,
      ),
    );
    tell(this.empty, emptiness(request, results.length));
    tell(this.warning, meta.warnings?.join(' '));
    this.showQueryCut(shown);
    this.showFacts(shown);
  }

  private settle(): void {
    this.panel.setAttribute('aria-busy', 'false');
    delete this.panel.dataset.stale;
    tell(this.error, undefined);
  }

  private showQueryCut({ request: { query }, queryCutAt }: ShownAnswer): void {
    this.queryCut.hidden = queryCutAt === undefined;
    if (queryCutAt !== undefined) {
      this.queryCut.replaceChildren(
        create('strong', {}, 'The query is too long: '),
        ...markCut(query, queryCutAt, false),
      );
    }
  }

  private showFacts({ answer: { meta } }: ShownAnswer): void {
    const { name, dtype, backend, sha256 } = meta.model;
    const facts = {
      Model: name,
      Scores: meta.score_type === 'logit' ? 'logits' : 'sigmoid of the logits',
      Computed: `in ${dtype} on ${backend}`,
      Weights: `sha256 ${sha256.slice(0, 12)}…`,
    };
    this.facts.hidden = false;
    this.facts.replaceChildren(
      ...Object.entries(facts).map(([term, fact]) =>
        create(
          'div',
          {},
          create('dt', {}, term),
          create('dd', term === 'Weights' ? { title: sha256 } : {}, fact),
        ),
      ),
    );
  }
}

/** The message if not all documents are in the list. */
function emptiness({ documents, topN, minScore }: PlaygroundRequest, shown: number): string | undefined {
  if (shown === documents.length) {
    return undefined;
  }
  const reasons = [
    ...(topN === undefined ? [] : ['top_n']),
    ...(minScore === undefined ? [] : ['min_score']),
  ];
  return `${documents.length - shown} of ${plural(documents.length, 'document')} left out by ${reasons.join(' and ')}.`;
}

function plural(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}
