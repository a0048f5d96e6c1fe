import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WeightFormatError } from '../../../dist/errors/errors.js';
import { dtypeByteLength, FILE_DTYPES } from '../../../dist/weights/format/dtype.js';
import { parseSafetensorsHeader, type TensorEntry } from '../../../dist/weights/format/safetensors.js';
import { entry, fileOf } from '../../support/safetensors-file.js';

/** Parses, and accepts only WeightFormatError or entries that cover the file exactly. */
function parseOrRefuse(file: Uint8Array, fileSize = file.byteLength): readonly TensorEntry[] | undefined {
  let entries: readonly TensorEntry[];
  try {
    entries = parseSafetensorsHeader(file, fileSize, 'model.safetensors');
  } catch (error) {
    if (!(error instanceof WeightFormatError)) throw error;
    return undefined;
  }
  let at = 8 + Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  for (const { dtype, shape, byteOffset, byteLength } of entries) {
    expect(byteOffset).toBe(at);
    expect(byteLength).toBe(
      dtypeByteLength(
        dtype,
        shape.reduce((product, size) => product * size, 1),
      ),
    );
    at += byteLength;
  }
  expect(at).toBe(fileSize);
  return entries;
}

const VALID = fc
  .record({
    names: fc.uniqueArray(
      fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('__proto__', 'toString')),
      {
        maxLength: 6,
      },
    ),
    dtype: fc.constantFrom(...FILE_DTYPES),
    shapes: fc.array(fc.array(fc.nat(4), { maxLength: 3 }), { minLength: 6, maxLength: 6 }),
    metadata: fc.option(fc.dictionary(fc.string(), fc.string())),
  })
  .map(({ names, dtype, shapes, metadata }) => {
    const header = new Map<string, unknown>();
    let end = 0;
    for (const [i, name] of names.entries()) {
      const sizes = [...(shapes[i] ?? []), 8];
      const bytes =
        dtypeByteLength(
          dtype,
          sizes.reduce((product, size) => product * size, 1),
        ) ?? 0;
      if (name === '__metadata__') continue;
      header.set(name, entry(dtype, sizes, end, end + bytes));
      end += bytes;
    }
    if (metadata !== null) header.set('__metadata__', metadata);
    // Not Object.fromEntries and back: both keep `__proto__`, a literal would not.
    return { file: fileOf(JSON.stringify(Object.fromEntries(header)), end), names: header.size };
  });

const ENTRY_LIKE = fc.record(
  {
    dtype: fc.oneof(fc.constantFrom('F32', 'U8', 'F4'), fc.jsonValue({ maxDepth: 1 })),
    shape: fc.oneof(
      fc.array(fc.oneof(fc.nat(3), fc.maxSafeNat(), fc.double())),
      fc.jsonValue({ maxDepth: 1 }),
    ),
    data_offsets: fc.oneof(
      fc.array(fc.oneof(fc.nat(40), fc.maxSafeInteger())),
      fc.jsonValue({ maxDepth: 1 }),
    ),
  },
  { requiredKeys: [] },
);

describe('the safetensors parser', () => {
  it('reads every valid file', () => {
    fc.assert(
      fc.property(VALID, ({ file, names }) => {
        const entries = parseOrRefuse(file);
        const hasMetadata = new TextDecoder().decode(file).includes('"__metadata__":{');
        expect(entries).toHaveLength(hasMetadata ? names - 1 : names);
      }),
      { numRuns: 300 },
    );
  });

  it('throws only WeightFormatError on arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.boolean(), (bytes, withLength) => {
        parseOrRefuse(withLength ? fileOf(bytes) : bytes);
      }),
      { numRuns: 1000 },
    );
  });

  it('throws only WeightFormatError on arbitrary JSON and on things that look like entries', () => {
    const json = fc.oneof(
      fc.json(),
      fc
        .dictionary(fc.oneof(fc.string(), fc.constantFrom('__metadata__', '__proto__')), ENTRY_LIKE)
        .map((header) => JSON.stringify(header)),
      fc.dictionary(fc.string(), fc.jsonValue()).map((header) => JSON.stringify(header)),
    );
    fc.assert(
      fc.property(json, fc.nat(40), (text, data) => {
        parseOrRefuse(fileOf(text, data));
      }),
      { numRuns: 1000 },
    );
  });

  it('throws only WeightFormatError on valid files with bytes changed, and on cut ones', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(VALID, changes, fc.option(fc.nat()), ({ file }, edits, cut) => {
        const changed = file.slice();
        for (const [at, byte] of edits) changed[at % changed.byteLength] = byte;
        parseOrRefuse(cut === null ? changed : changed.subarray(0, cut % changed.byteLength));
      }),
      { numRuns: 1000 },
    );
  });
});
