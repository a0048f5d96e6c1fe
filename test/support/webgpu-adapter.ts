import { create } from 'webgpu';

const gpu = create([]);
const adapter = await gpu.requestAdapter();

/** Whether the webgpu backend can be expected to start: on a GPU, or on a software Vulkan as in .ci/run. */
export const WEBGPU_HAS_ADAPTER = adapter !== null;

/** Why a test of webgpu is skipped where it cannot. */
export const WEBGPU_HAS_NO_ADAPTER = 'Dawn finds no GPU adapter here, and no software Vulkan (see .ci/run)';
