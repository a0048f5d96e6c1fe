// The results of serve-load.mjs as Markdown.

import { figure, table } from './markdown.mjs';

const percent = (share) => `${(100 * share).toFixed(0)} %`;
const megabytes = (bytes) => (bytes / 1e6).toFixed(0);
const counts = (statuses) =>
  Object.entries(statuses)
    .map(([status, count]) => `${count} x ${status}`)
    .join(', ');

/** All parts that were measured. */
export function describeLoad({ machine, node, load, full, library, memory }) {
  const { processor, memory_bytes, platform, arch } = machine;
  return `${[
    '# The server under load',
    `${processor.model}, ${(memory_bytes / 1e9).toFixed(0)} GB, ${platform} ${arch}, Node ${node}. Made by scripts/bench/serve-load.mjs.`,
    load && describeThroughput(load, full, library),
    memory && describeMemory(memory),
  ]
    .filter(Boolean)
    .join('\n\n')}\n`;
}

function describeThroughput(load, full, { before, after }) {
  const runs = { 'all accepted': load, 'queue full': full };
  const alone = (before.documents_per_second + after.documents_per_second) / 2;
  const row = (name, of) => [name, ...Object.values(runs).map(of)];
  return [
    `## ${load.connections} connections, ${load.documents} documents a request, ${figure(load.tokens_per_document)} tokens a pair`,
    `${load.backend}; autocannon, server and model share the machine's cores.`,
    table([
      ['', ...Object.keys(runs)],
      row('seconds', ({ seconds }) => figure(seconds)),
      row('answers', ({ statuses }) => counts(statuses)),
      row('broken connections, timeouts', ({ errors, timeouts }) => `${errors}, ${timeouts}`),
      row('requests a second, accepted', (run) => figure(run.requests_per_second)),
      row('documents a second', (run) => figure(run.documents_per_second)),
      row('tokens a second', (run) => figure(run.tokens_per_second)),
      row('p50, ms, accepted', (run) => figure(run.milliseconds.p50)),
      row('p99, ms, accepted', (run) => figure(run.milliseconds.p99)),
      row('queue, tokens', (run) => String(run.max_queue_tokens)),
      row('bound: queue / tokens a second + two batches, ms', (run) => figure(run.bound_milliseconds)),
      row('share of all cores: model, server, client', ({ processor_share: { model, server, client } }) =>
        [model, server, client].map(percent).join(', '),
      ),
      row(
        'ms of a core for a document: the same',
        ({ processor_ms_per_document: { model, server, client } }) =>
          [model, server, client].map((ms) => ms.toFixed(3)).join(', '),
      ),
      row('of the library', (run) => percent(run.documents_per_second / alone)),
      row('of the library, on what the client leaves', (run) =>
        percent(run.documents_per_second / alone / (1 - run.processor_share.client)),
      ),
    ]),
    `The library alone, ${load.connections * load.documents} documents a call: ${figure(before.documents_per_second)} documents a second before, ${figure(after.documents_per_second)} after; ${before.processor_ms_per_document.toFixed(3)} and ${after.processor_ms_per_document.toFixed(3)} ms of a core for a document.`,
  ].join('\n\n');
}

function describeMemory({ backend, model, heap_megabytes, documents, statuses, samples }) {
  return [
    `## Memory, ${documents} document a request, model ${model}, ${backend}`,
    `${counts(statuses)}. Both processes with a heap of ${heap_megabytes} MB at most: what is held shows, and garbage does not.`,
    table([
      ['requests', 'server, MB', 'its heap, MB', 'model process, MB', 'tensors'],
      ...samples.map((sample) => [
        String(sample.requests),
        megabytes(sample.server_rss_bytes),
        megabytes(sample.server_heap_bytes),
        megabytes(sample.model_rss_bytes),
        String(sample.tensors),
      ]),
    ]),
  ].join('\n\n');
}
