import { gelu } from './gelu';
import { multiplyAdd } from './multiply-add';
import { PANEL_ROW, panelBytes } from './panels';
import { storeTransposed } from './transpose';

/**
 * Rows of a tile. V8 has 15 vector registers on x64, and up to Node 22 it loads everything that a step of the loop reads
 * before it multiplies: 4 x 2 sums, 2 vectors of weights and 4 of x fit, where 6 rows would spill.
 */
export const TILE_ROWS: usize = 4;
/** Bytes of one column of a packed tile of x. */
const TILE_COLUMN: usize = 4 * TILE_ROWS;
/** Bytes of the sums of a tile, row by row. */
const TILE_SUMS: usize = TILE_ROWS * PANEL_ROW;

/**
 * Numbers that one float32 sum runs over. The sums of blocks are added to each other, so the error grows with
 * BLOCK + inner / BLOCK instead of inner (scripts/bench/wasm-accuracy.md).
 */
const BLOCK: usize = 64;

/** Bytes of x that are packed at once: half of a second-level cache, because every panel reads them again. */
const PACKED_BYTES: usize = 1 << 18;

/** Bytes of `scratch` that a product needs. */
export function productScratch(rows: usize, inner: usize): usize {
  return TILE_SUMS + min(rowsAtOnce(inner), roundUp(rows)) * inner * 4;
}

/**
 * y = x W + b, then GELU if it is wanted.
 *
 * @param x [rows, inner]; a row begins `xStride` bytes after the one before
 * @param panels W and b, by `pack`
 * @param y [rows, columns]
 * @param scratch `productScratch` bytes
 */
export function product(
  x: usize,
  xStride: usize,
  rows: usize,
  inner: usize,
  panels: usize,
  columns: usize,
  y: usize,
  yStride: usize,
  activate: bool,
  scratch: usize,
): void {
  const packed = scratch + TILE_SUMS;
  const atOnce = rowsAtOnce(inner);
  for (let first: usize = 0; first < rows; first += atOnce) {
    const count = min(atOnce, rows - first);
    packTiles(x + first * xStride, xStride, count, inner, packed);
    let panel = panels;
    for (let column: usize = 0; column < columns; column += 8) {
      const width = min<usize>(8, columns - column);
      for (let row: usize = 0; row < count; row += TILE_ROWS) {
        multiplyTile(packed + row * inner * 4, panel, inner, scratch);
        const target = y + (first + row) * yStride + column * 4;
        storeTile(scratch, min(TILE_ROWS, count - row), width, target, yStride, activate);
      }
      panel += panelBytes(inner);
    }
  }
}

@inline
function roundUp(rows: usize): usize {
  return ((rows + TILE_ROWS - 1) / TILE_ROWS) * TILE_ROWS;
}

/** Rows that are packed at once, whole tiles. */
@inline
export function rowsAtOnce(inner: usize): usize {
  return max<usize>(1, PACKED_BYTES / (inner * TILE_COLUMN)) * TILE_ROWS;
}

/** Packs rows of x in tiles of 4 rows, column by column. Rows that the last tile lacks are zeros. */
function packTiles(x: usize, stride: usize, rows: usize, inner: usize, packed: usize): void {
  for (let row: usize = 0; row < rows; row += TILE_ROWS) {
    packTile(x + row * stride, stride, min(TILE_ROWS, rows - row), inner, packed + row * inner * 4);
  }
}

function packTile(x: usize, stride: usize, rows: usize, inner: usize, target: usize): void {
  const end = target + inner * TILE_COLUMN;
  if (rows == TILE_ROWS) {
    for (; target + 4 * TILE_COLUMN <= end; target += 4 * TILE_COLUMN) {
      storeTransposed(
        v128.load(x),
        v128.load(x + stride),
        v128.load(x + 2 * stride),
        v128.load(x + 3 * stride),
        target,
        TILE_COLUMN,
      );
      x += 16;
    }
  }
  for (; target < end; target += TILE_COLUMN) {
    for (let row: usize = 0; row < TILE_ROWS; row++) {
      store<f32>(target + row * 4, row < rows ? load<f32>(x + row * stride) : 0);
    }
    x += 4;
  }
}

/** The sums of a tile, [4, 8]: bias and product. */
function multiplyTile(x: usize, panel: usize, inner: usize, sums: usize): void {
  for (let row: usize = 0; row < TILE_SUMS; row += PANEL_ROW) {
    v128.store(sums + row, v128.load(panel));
    v128.store(sums + row, v128.load(panel, 16), 16);
  }
  let weights = panel + PANEL_ROW;
  const end = weights + inner * PANEL_ROW;
  while (weights < end) {
    const next = min(weights + BLOCK * PANEL_ROW, end);
    let a0 = f32x4.splat(0);
    let a1 = f32x4.splat(0);
    let b0 = f32x4.splat(0);
    let b1 = f32x4.splat(0);
    let c0 = f32x4.splat(0);
    let c1 = f32x4.splat(0);
    let d0 = f32x4.splat(0);
    let d1 = f32x4.splat(0);
    while (weights < next) {
      const w0 = v128.load(weights);
      const w1 = v128.load(weights, 16);
      const a = v128.load32_splat(x);
      a0 = multiplyAdd(a, w0, a0);
      a1 = multiplyAdd(a, w1, a1);
      const b = v128.load32_splat(x, 4);
      b0 = multiplyAdd(b, w0, b0);
      b1 = multiplyAdd(b, w1, b1);
      const c = v128.load32_splat(x, 8);
      c0 = multiplyAdd(c, w0, c0);
      c1 = multiplyAdd(c, w1, c1);
      const d = v128.load32_splat(x, 12);
      d0 = multiplyAdd(d, w0, d0);
      d1 = multiplyAdd(d, w1, d1);
      x += TILE_COLUMN;
      weights += PANEL_ROW;
    }
    addRow(sums, a0, a1);
    addRow(sums + PANEL_ROW, b0, b1);
    addRow(sums + 2 * PANEL_ROW, c0, c1);
    addRow(sums + 3 * PANEL_ROW, d0, d1);
  }
}

@inline
function addRow(sums: usize, left: v128, right: v128): void {
  v128.store(sums, f32x4.add(v128.load(sums), left));
  v128.store(sums, f32x4.add(v128.load(sums, 16), right), 16);
}

/** Writes a tile's rows and columns that y has. */
function storeTile(sums: usize, rows: usize, width: usize, y: usize, stride: usize, activate: bool): void {
  for (let row: usize = 0; row < rows; row++) {
    let left = v128.load(sums);
    let right = v128.load(sums, 16);
    if (activate) {
      left = gelu(left);
      right = gelu(right);
    }
    if (width == 8) {
      v128.store(y, left);
      v128.store(y, right, 16);
    } else {
      v128.store(sums, left);
      v128.store(sums, right, 16);
      for (let i: usize = 0; i < width; i++) {
        store<f32>(y + i * 4, load<f32>(sums + i * 4));
      }
    }
    sums += PANEL_ROW;
    y += stride;
  }
}
