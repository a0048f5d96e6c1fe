import type { PlacedToken } from '../../tokenizer/tokenized.js';
import type { Inspection } from '../inspection.js';
import { type Html, html } from './escape.js';
import { describeMethod } from './methods.js';
import { signed } from './numbers.js';
import { visibleText } from './visible-text.js';

/** Every token that the model read and every one that was cut: piece, id, place in its text, and its values. */
export function tokenTable(inspection: Inspection): Html {
  const methods = inspection.attributions.filter(({ tokens }) => tokens !== null);
  const row = (
    token: PlacedToken,
    place: number | 'cut',
  ): Html => html`<tr${place === 'cut' && html` class="cut-row"`}>
<td class="number">${place}</td><td><code><bdi>${visibleText(token.piece)}</bdi></code></td><td class="number">${token.id}</td><td>${token.part}</td><td class="number">${token.part !== 'special' && `${token.start}–${token.end}`}</td><td><bdi>${textOf(inspection, token)}</bdi></td>${methods.map(
    ({ tokens }) => html`<td class="number">${place !== 'cut' && signed(tokens?.[place] ?? 0, 3)}</td>`,
  )}</tr>
`;
  return html`<div class="scroll-x"><table class="tokens">
<thead><tr><th scope="col">#</th><th scope="col">piece</th><th scope="col">id</th><th scope="col">part</th><th scope="col">place</th><th scope="col">text</th>${methods.map(
    ({ method }) => html`<th scope="col">${describeMethod(method).label}</th>`,
  )}</tr></thead>
<tbody>
${inspection.tokens.map(row)}${inspection.cut.map((token) => row(token, 'cut'))}</tbody>
</table></div>`;
}

function textOf({ pair }: Inspection, { part, start, end }: PlacedToken): string {
  return part === 'special' ? '' : visibleText(pair[part].slice(start, end));
}
