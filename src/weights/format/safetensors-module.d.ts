/** What this project uses of npm `safetensors` 0.0.1, which ships no types. */
declare module 'safetensors' {
  /** Reads the header; validates nothing and assumes that `buffer` starts at byte 0 of its memory. */
  export class SafeTensor {
    constructor(buffer: Uint8Array);
    /** Per name the entry's values, with `data_offsets` counted from the start of the file. */
    readonly metadata: Map<string, { dtype: unknown; shape: unknown; data_offsets: number[] }>;
  }
  /** Node sees the CommonJS build, whose exports are all here; a bundler takes the named export. */
  const exported: { readonly SafeTensor: typeof SafeTensor } | undefined;
  // biome-ignore lint/style/noDefaultExport: it is how Node shows a CommonJS module.
  export default exported;
}
