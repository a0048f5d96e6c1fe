/** Builds safetensors files for tests, right ones and wrong ones; a header can be any text or bytes. */
export function fileOf(header: unknown, data = 0): Uint8Array {
  const text = typeof header === 'string' ? header : JSON.stringify(header);
  const bytes = header instanceof Uint8Array ? header : new TextEncoder().encode(text);
  const file = new Uint8Array(8 + bytes.byteLength + data);
  new DataView(file.buffer).setBigUint64(0, BigInt(bytes.byteLength), true);
  file.set(bytes, 8);
  for (let i = 8 + bytes.byteLength; i < file.byteLength; i++) file[i] = i % 251;
  return file;
}

/** A header entry. */
export function entry(dtype: string, shape: readonly number[], begin: number, end: number) {
  return { dtype, shape, data_offsets: [begin, end] };
}

/** A file of float32 tensors, one after the other in the order given. */
export function float32File(tensors: Readonly<Record<string, readonly number[]>>): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let end = 0;
  for (const [name, values] of Object.entries(tensors)) {
    header[name] = entry('F32', [values.length], end, end + 4 * values.length);
    end += 4 * values.length;
  }
  const file = fileOf(header, end);
  const all = Float32Array.from(Object.values(tensors).flat());
  file.set(new Uint8Array(all.buffer), file.byteLength - end);
  return file;
}
