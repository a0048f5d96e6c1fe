/** What this folder uses of JavaScript's WebAssembly: TypeScript declares it only together with the DOM. */
declare namespace WebAssembly {
  interface Module {
    readonly [Symbol.toStringTag]: 'WebAssembly.Module';
  }
  class Memory {
    constructor(limits: { initial: number; maximum: number; shared: boolean });
    readonly buffer: SharedArrayBuffer;
    /** @returns its size before, in pages of 64 KiB. */
    grow(pages: number): number;
  }
  interface Instance {
    readonly exports: unknown;
  }
  function validate(bytes: Uint8Array): boolean;
  function compile(bytes: Uint8Array): Promise<Module>;
  function instantiate(module: Module, imports: { env: { memory: Memory } }): Promise<Instance>;
}
