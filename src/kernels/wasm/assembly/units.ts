import { attend, attendScratch } from './attention';
import { layerNorm } from './layer-norm';
import { PANEL_COLUMNS, panelBytes } from './panels';
import { product, productScratch, rowsAtOnce, TILE_ROWS } from './product';

// Each kernel as units that threads compute in any order. No number depends on how they are cut.

/** Units for each thread, if there is enough work: so many that the threads end at about the same time. */
const UNITS_PER_THREAD: usize = 4;
/** Fewer panels in a unit would not be worth packing its rows of x. */
const LEAST_PANELS: usize = 4;
/** Rows of a LayerNorm in a unit. */
const NORM_ROWS: usize = 16;
/** Numbers of a sum in a unit. */
const ADD_COUNT: usize = 1 << 14;

// The current kernel and its arguments, after the words of team.ts. They end before byte 512, where JavaScript's part of
// the memory begins.
const KERNEL: usize = 384;
const ARGUMENTS: usize = 392;

/** Which kernel it is. */
const PRODUCT: i32 = 0;
const ATTENTION: i32 = 1;
const LAYER_NORM: i32 = 2;
const ADD: i32 = 3;

@unmanaged
class Product {
  x: usize;
  xStride: usize;
  rows: usize;
  inner: usize;
  panels: usize;
  columns: usize;
  y: usize;
  yStride: usize;
  activate: bool;
  scratch: usize;
  unitRows: usize;
  unitPanels: usize;
}

@unmanaged
class Attention {
  projected: usize;
  lengths: usize;
  seq: usize;
  queries: usize;
  heads: usize;
  headDim: usize;
  rowsAtOnce: usize;
  output: usize;
  scratch: usize;
}

@unmanaged
class LayerNorm {
  x: usize;
  weight: usize;
  bias: usize;
  rows: usize;
  hidden: usize;
  eps: f64;
  output: usize;
}

@unmanaged
class Add {
  a: usize;
  b: usize;
  count: usize;
  output: usize;
}

/** Bytes of `scratch` of a product in so many threads. */
export function productSpace(rows: usize, inner: usize, threads: usize): usize {
  return threads * productScratch(rows, inner);
}

/** Cuts y = x W + b, [rows, columns], into rectangles. @returns the number of units */
export function planProduct(
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
  threads: usize,
): usize {
  const turns = ceilDiv(rows, rowsAtOnce(inner));
  const unitRows = ceilDiv(ceilDiv(rows, turns), TILE_ROWS) * TILE_ROWS;
  const wanted = threads == 1 ? <usize>1 : ceilDiv(UNITS_PER_THREAD * threads, turns);
  const all = ceilDiv(columns, PANEL_COLUMNS);
  const unitPanels = min(all, max(LEAST_PANELS, ceilDiv(all, wanted)));
  store<i32>(KERNEL, PRODUCT);
  const job = changetype<Product>(ARGUMENTS);
  job.x = x;
  job.xStride = xStride;
  job.rows = rows;
  job.inner = inner;
  job.panels = panels;
  job.columns = columns;
  job.y = y;
  job.yStride = yStride;
  job.activate = activate;
  job.scratch = scratch;
  job.unitRows = unitRows;
  job.unitPanels = unitPanels;
  return ceilDiv(rows, unitRows) * ceilDiv(all, unitPanels);
}

/** Bytes of `scratch` of an attention in so many threads. */
export function attentionSpace(rowsAtOnce: usize, seq: usize, headDim: usize, threads: usize): usize {
  return threads * attendScratch(rowsAtOnce, seq, headDim);
}

/** Cuts attention into heads of sequences. */
export function planAttention(
  projected: usize,
  lengths: usize,
  batch: usize,
  seq: usize,
  queries: usize,
  heads: usize,
  headDim: usize,
  rowsAtOnce: usize,
  output: usize,
  scratch: usize,
): usize {
  store<i32>(KERNEL, ATTENTION);
  const job = changetype<Attention>(ARGUMENTS);
  job.projected = projected;
  job.lengths = lengths;
  job.seq = seq;
  job.queries = queries;
  job.heads = heads;
  job.headDim = headDim;
  job.rowsAtOnce = rowsAtOnce;
  job.output = output;
  job.scratch = scratch;
  return batch * heads;
}

/** Cuts a LayerNorm into blocks of rows. */
export function planLayerNorm(
  x: usize,
  weight: usize,
  bias: usize,
  rows: usize,
  hidden: usize,
  eps: f64,
  output: usize,
): usize {
  store<i32>(KERNEL, LAYER_NORM);
  const job = changetype<LayerNorm>(ARGUMENTS);
  job.x = x;
  job.weight = weight;
  job.bias = bias;
  job.rows = rows;
  job.hidden = hidden;
  job.eps = eps;
  job.output = output;
  return ceilDiv(rows, NORM_ROWS);
}

/** Cuts a sum of two arrays into blocks. */
export function planAdd(a: usize, b: usize, count: usize, output: usize): usize {
  store<i32>(KERNEL, ADD);
  const job = changetype<Add>(ARGUMENTS);
  job.a = a;
  job.b = b;
  job.count = count;
  job.output = output;
  return ceilDiv(count, ADD_COUNT);
}

/** Computes one unit of the planned kernel. @param thread whose scratch it uses */
export function computeUnit(unit: usize, thread: usize): void {
  switch (load<i32>(KERNEL)) {
    case PRODUCT:
      productUnit(changetype<Product>(ARGUMENTS), unit, thread);
      break;
    case ATTENTION:
      attentionUnit(changetype<Attention>(ARGUMENTS), unit, thread);
      break;
    case LAYER_NORM:
      layerNormUnit(changetype<LayerNorm>(ARGUMENTS), unit);
      break;
    default:
      addUnit(changetype<Add>(ARGUMENTS), unit);
  }
}

function productUnit(job: Product, unit: usize, thread: usize): void {
  const turns = ceilDiv(job.rows, job.unitRows);
  const row = (unit % turns) * job.unitRows; // units side by side read the same weights
  const panel = (unit / turns) * job.unitPanels;
  const column = panel * PANEL_COLUMNS;
  product(
    job.x + row * job.xStride,
    job.xStride,
    min(job.unitRows, job.rows - row),
    job.inner,
    job.panels + panel * panelBytes(job.inner),
    min(job.unitPanels * PANEL_COLUMNS, job.columns - column),
    job.y + row * job.yStride + column * 4,
    job.yStride,
    job.activate,
    job.scratch + thread * productScratch(job.rows, job.inner),
  );
}

function attentionUnit(job: Attention, unit: usize, thread: usize): void {
  const row = unit / job.heads;
  const hidden = job.heads * job.headDim * 4;
  const column = (unit % job.heads) * job.headDim * 4;
  const query = job.projected + row * job.seq * 3 * hidden + column;
  attend(
    query,
    query + hidden,
    query + 2 * hidden,
    3 * hidden,
    job.queries,
    load<u32>(job.lengths + row * 4),
    job.headDim,
    job.rowsAtOnce,
    job.output + row * job.queries * hidden + column,
    hidden,
    job.scratch + thread * attendScratch(job.rowsAtOnce, job.seq, job.headDim),
  );
}

function layerNormUnit(job: LayerNorm, unit: usize): void {
  const first = unit * NORM_ROWS;
  const at = first * job.hidden * 4;
  const rows = min(NORM_ROWS, job.rows - first);
  layerNorm(job.x + at, job.weight, job.bias, rows, job.hidden, job.eps, job.output + at);
}

function addUnit(job: Add, unit: usize): void {
  const first = unit * ADD_COUNT * 4;
  const end = min(first + ADD_COUNT * 4, job.count * 4);
  let at = first;
  for (; at + 16 <= end; at += 16) {
    v128.store(job.output + at, f32x4.add(v128.load(job.a + at), v128.load(job.b + at)));
  }
  for (; at < end; at += 4) {
    store<f32>(job.output + at, load<f32>(job.a + at) + load<f32>(job.b + at));
  }
}

@inline
function ceilDiv(a: usize, b: usize): usize {
  return (a + b - 1) / b;
}
