// What JavaScript calls. All pointers are into the shared memory of ../shared-heap.ts: nothing here allocates.
export { pack, panelsBytes } from './panels';
export { abandon, reset, share, work } from './team';
export { attentionSpace, planAdd, planAttention, planLayerNorm, planProduct, productSpace } from './units';
