import type { PairTokenizer } from '../tokenizer/tokenizer.js';
import type { TextPair } from './scorer.js';

/** Texts of many kinds, so that every channel of a model shows how large it becomes. */
const PAIRS: readonly TextPair[] = [
  {
    query: 'When was the bridge over the river finished?',
    document:
      'Work on the stone bridge began in 1871 and took eleven years; floods carried away two of its nine arches ' +
      'before it was opened to carts and cattle on 4 June 1882. It is 312 m long, and trains have crossed it since ' +
      '1905, when a second deck of steel was laid on the old pillars.',
  },
  {
    query: 'how do I read a file line by line',
    document:
      'for await (const line of readline.createInterface({ input })) { count += line.length; } // UTF-8 only! ' +
      'Memory stays small, as only one chunk (64 KiB) is held at a time; see https://example.org/docs?page=2#top.',
  },
  {
    query: 'side effects of the new treatment',
    document:
      'Of 240 patients, 17.5% reported headaches & 3% nausea (p < 0.05); none had to stop. "It worked for me," said ' +
      'one of them, "but I could not sleep for a week…" The dose: 2 x 50 mg/day.',
  },
  {
    query: 'best way to get from the airport to the old town',
    document:
      'Bananas ripen faster beside apples. Buses leave every twenty minutes from gate B; a taxi costs about €35, ' +
      'twice as much after midnight. Nobody walks: it is nine miles.',
  },
  {
    query: '这座桥是什么时候建成的?',
    document:
      '石桥于1871年动工，历时十一年，其间洪水两次冲毁桥拱，直到1882年6月4日才正式通车。桥长312米，1905年在旧桥墩上加铺了第二层钢桥面，从此可以通行火车。',
  },
  {
    query: '新药有哪些副作用',
    document:
      '在240名患者中，17.5%的人出现头痛，3%的人感到恶心（p<0.05），没有人因此停药。一位患者说：“对我有效，不过整整一周睡不好……”',
  },
  {
    query: '如何逐行读取文件?',
    document:
      '用 readline 模块逐行读取：for await (const line of rl) { … }。内存占用很小，一次只保留64 KiB。香蕉和苹果放在一起熟得更快。',
  },
  {
    query: 'Which 城市 has the oldest 地铁?',
    document:
      'Seit 1863 fährt in London die älteste U-Bahn der Welt; Budapest folgte 1896, Paris 1900. 東京の地下鉄は1927年に開業した。' +
      ' أقدم مترو في العالم في لندن. Метро Москвы открыто в 1935 году. 🚇',
  },
];

/** @returns token ids of the pairs, [pairs][tokens]. */
export function encodeSamples(tokenizer: PairTokenizer, maxLength: number): Int32Array[] {
  return PAIRS.map(
    ({ query, document }) =>
      tokenizer.encodePair(query, document, { maxLength, truncation: 'longest_first' }).inputIds,
  );
}
