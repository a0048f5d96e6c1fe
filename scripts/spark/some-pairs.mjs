// Generated pairs of about 20 tokens as JSONL, to try the job with: node scripts/spark/some-pairs.mjs COUNT
const words = 'river bank paper moon train bread green glass north seven 北京 火车 月亮 面包 城市'.split(' ');
const text = (seed, length) =>
  Array.from({ length }, (_, i) => words[(seed * 7 + i * i * 3 + i) % words.length]).join(' ');
for (let id = 0; id < Number(process.argv[2] ?? 100); id++) {
  console.log(JSON.stringify({ id, query: text(id, 5), document: text(id + 3, 7 + (id % 9)) }));
}
