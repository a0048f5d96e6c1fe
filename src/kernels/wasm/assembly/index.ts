// What JavaScript calls. All pointers are into the memory of TensorFlow.js, which owns it: nothing here allocates.
export { attend, attendScratch } from './attention';
export { layerNorm } from './layer-norm';
export { pack, panelsBytes } from './panels';
export { product, productScratch } from './product';
