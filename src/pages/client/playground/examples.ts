/** A query with documents, to begin with. */
export interface Example {
  readonly query: string;
  readonly documents: readonly string[];
}

/** One in each language of the embedded model. */
export const EXAMPLES: Readonly<Record<'en' | 'zh', Example>> = {
  en: {
    query: 'How do plants make food?',
    documents: [
      'The kitchen garden needs water every evening in summer.',
      'Photosynthesis turns light, water and carbon dioxide into sugar; it happens in the green leaves of plants.',
      'Fast food chains opened many new restaurants last year.',
      'Roots take up water and minerals from the soil.',
      'Mushrooms are not plants: they live on dead wood and leaves.',
      'The power plant was closed after forty years.',
    ],
  },
  zh: {
    query: '怎样预防感冒？',
    documents: [
      '感冒时应多喝水、多休息，必要时去看医生。',
      '勤洗手、保持室内通风、适当锻炼，可以减少患感冒的机会。',
      '这家餐馆的菜又便宜又好吃。',
      '北京的冬天寒冷干燥。',
      '接种疫苗能够有效预防流感。',
      '这部电影让人感动得流下了眼泪。',
    ],
  },
};
