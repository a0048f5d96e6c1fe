import { storeTransposed } from './transpose';

/**
 * The right-hand matrix of a product, [inner, columns], in panels of 8 columns. A panel is 8 biases, then `inner` rows
 * of 8 numbers; the last panel is filled up with zeros. So a product reads it once, from the first byte to the last.
 */

/** Bytes of one row of a panel: two vectors. */
export const PANEL_ROW: usize = 32;
export const PANEL_COLUMNS: usize = 8;

/** Bytes of one panel. */
@inline
export function panelBytes(inner: usize): usize {
  return (inner + 1) * PANEL_ROW;
}

/** Bytes of all panels. */
export function panelsBytes(inner: usize, columns: usize): usize {
  return ((columns + PANEL_COLUMNS - 1) / PANEL_COLUMNS) * panelBytes(inner);
}

/**
 * Packs a matrix.
 *
 * @param source its first number
 * @param rowStride bytes from a row to the next
 * @param columnStride bytes from a column to the next; 4, or another number for a matrix that lies transposed
 * @param bias [columns], or 0 for none
 */
export function pack(
  source: usize,
  rowStride: usize,
  columnStride: usize,
  bias: usize,
  inner: usize,
  columns: usize,
  panels: usize,
): void {
  for (let column: usize = 0; column < columns; column += PANEL_COLUMNS) {
    const width = min(PANEL_COLUMNS, columns - column);
    packRow(bias == 0 ? 0 : bias + column * 4, 4, width, panels);
    packPanel(source + column * columnStride, rowStride, columnStride, width, inner, panels + PANEL_ROW);
    panels += panelBytes(inner);
  }
}

function packPanel(
  source: usize,
  rowStride: usize,
  columnStride: usize,
  width: usize,
  inner: usize,
  target: usize,
): void {
  const end = target + inner * PANEL_ROW;
  if (width == PANEL_COLUMNS && columnStride == 4) {
    for (; target < end; target += PANEL_ROW) {
      v128.store(target, v128.load(source));
      v128.store(target, v128.load(source, 16), 16);
      source += rowStride;
    }
    return;
  }
  if (width == PANEL_COLUMNS && rowStride == 4) {
    for (; target + 4 * PANEL_ROW <= end; target += 4 * PANEL_ROW) {
      packFourRows(source, columnStride, target);
      packFourRows(source + 4 * columnStride, columnStride, target + 16);
      source += 16;
    }
  }
  for (; target < end; target += PANEL_ROW) {
    packRow(source, columnStride, width, target);
    source += rowStride;
  }
}

/** Four numbers of each of four columns, which lie one after another in memory. */
@inline
function packFourRows(source: usize, columnStride: usize, target: usize): void {
  storeTransposed(
    v128.load(source),
    v128.load(source + columnStride),
    v128.load(source + 2 * columnStride),
    v128.load(source + 3 * columnStride),
    target,
    PANEL_ROW,
  );
}

/** @param source 0 for a row of zeros */
function packRow(source: usize, columnStride: usize, width: usize, target: usize): void {
  v128.store(target, f32x4.splat(0));
  v128.store(target, f32x4.splat(0), 16);
  if (source == 0) {
    return;
  }
  for (let i: usize = 0; i < width; i++) {
    store<f32>(target + i * 4, load<f32>(source + i * columnStride));
  }
}
