/** The parts of npm `safetensors` 0.0.1 that this project uses; the package has no types. */
declare module 'safetensors' {
  /** Reads the header. It validates nothing, and assumes that `buffer` starts at byte 0 of its memory. */
  export class SafeTensor {
    constructor(buffer: Uint8Array);
    /** The values of each entry by name, with `data_offsets` counted from the start of the file. */
    readonly metadata: Map<string, { dtype: unknown; shape: unknown; data_offsets: number[] }>;
  }
  /** Node sees the CommonJS build, whose exports are all in this object; a bundler uses the named export. */
  const exported: { readonly SafeTensor: typeof SafeTensor } | undefined;
  // biome-ignore lint/style/noDefaultExport: Node presents a CommonJS module like this.
  export default exported;
}
