// The results of compare.mjs as a bar chart, for light and dark pages.

import { figure } from './markdown.mjs';

const WORKLOADS = [
  ['fixed-128', '128 tokens a pair'],
  ['xquad', 'XQuAD, a query and its documents'],
];
const NAMES = 205;
const BARS = 290;
const ROW = 19;
const HEAD = 56;
const DTYPES = ['float32', 'bfloat16', 'int8'];

const STYLE = `
text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328 }
.title { font-weight: 600; font-size: 14px } .small { fill: #59636e }
.page { fill: #ffffff } .other { fill: #b4bcc6 } .ours { fill: #0969da } .mine { font-weight: 600 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc } .small { fill: #9198a1 }
  .page { fill: #0d1117 } .other { fill: #4a5460 } .ours { fill: #4493f8 }
}`;

const escapeText = (text) => text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
const rateOf = (engine, workload) =>
  engine.workloads.find((run) => run.workload === workload)?.docs_per_second.median;

/** @param comparisons results of compare.mjs, one for each model. */
export function drawChart(comparisons) {
  let y = 8;
  const parts = comparisons.map((comparison) => {
    const rows = rowsOf(comparison.results);
    const part = `<g transform="translate(12 ${y})">${drawModel(comparison, rows)}</g>`;
    y += HEAD + rows.length * ROW + 12;
    return part;
  });
  const width = NAMES + 2 * BARS + 24;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" role="img" aria-label="Documents a second by engine">
<style>${STYLE}</style>
<rect class="page" width="${width}" height="${y}" rx="6"/>
${parts.join('\n')}
</svg>
`;
}

/** Rows by dtype; within a dtype the fastest first. */
function rowsOf(results) {
  const place = ({ dtype }) => DTYPES.indexOf(dtype);
  const speed = (engine) => rateOf(engine, 'xquad') ?? rateOf(engine, 'fixed-128') ?? 0;
  return results
    .filter((engine) => WORKLOADS.some(([name]) => rateOf(engine, name) !== undefined))
    .sort((a, b) => place(a) - place(b) || speed(b) - speed(a));
}

function drawModel({ model, machine }, rows) {
  const machineLine = `${machine.processor.model}, ${machine.threads} threads; documents a second, more is better`;
  const names = rows.map(({ name, ours }, i) =>
    drawText(NAMES - 8, HEAD + i * ROW + 13, name, ours ? 'mine' : '', 'end'),
  );
  const panels = WORKLOADS.map(([workload, title], column) => {
    const largest = Math.max(...rows.map((engine) => rateOf(engine, workload) ?? 0));
    const left = NAMES + column * BARS;
    const bars = rows.map((engine, i) => {
      const rate = rateOf(engine, workload);
      if (rate === undefined) {
        return '';
      }
      const width = Math.max(1, (rate / largest) * (BARS - 60)).toFixed(1);
      const top = HEAD + i * ROW;
      const bar = `<rect class="${engine.ours ? 'ours' : 'other'}" x="${left}" y="${top + 2}" width="${width}" height="${ROW - 5}" rx="2"/>`;
      return bar + drawText(left + Number(width) + 5, top + 13, figure(rate), engine.ours ? 'mine' : 'small');
    });
    return drawText(left, HEAD - 8, title, 'small') + bars.join('\n');
  });
  const head = drawText(0, 16, model, 'title') + drawText(NAMES, 16, machineLine, 'small');
  return [head, ...names, ...panels].join('\n');
}

function drawText(x, y, text, style, anchor = 'start') {
  return `<text x="${x}" y="${y}" class="${style}" text-anchor="${anchor}">${escapeText(text)}</text>`;
}
