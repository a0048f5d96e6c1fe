/** The documents that every framework ranks: the second and the fourth are relevant, the third has no text. */
export const QUERY = 'capital of France';
export const PASSAGES = [
  'Bananas are yellow.',
  'Paris is the capital of France.',
  '',
  '巴黎是法国的首都。',
  'Cats purr.',
] as const;
