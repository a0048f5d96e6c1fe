/** A query with documents, to start with. */
export interface Example {
  readonly query: string;
  readonly documents: readonly string[];
}

/** One in each language of the embedded model. */
export const EXAMPLES: Readonly<Record<'en' | 'zh', Example>> = {
  en: {
    query: 'Why is the sky blue?',
    documents: [
      'At sunset the sky often turns red and orange.',
      'Clouds are made of tiny drops of water.',
      'The sky looks blue because air scatters blue light more than red light.',
      'Blue is her favourite colour.',
      'The new stadium opens in May.',
      'The sea is deep and cold.',
    ],
  },
  zh: {
    query: '怎样预防感冒？',
    documents: [
      '感冒时应多喝水、多休息，必要时去看医生。',
      '勤洗手、保持室内通风、适当锻炼，可以预防感冒。',
      '这家餐馆的菜又便宜又好吃。',
      '北京的冬天寒冷干燥。',
      '接种疫苗能够有效预防流感。',
      '这部电影让人感动得流下了眼泪。',
    ],
  },
};
