import type { PlacedToken } from '../../../../tokenizer/tokenized.js';
import { type AttentionValues, darkness, labelOf, type Sides } from './attention-values.js';
import { Ink } from './ink.js';

/** Sizes in CSS pixels. */
const LABELLED = 11;
const SMALLEST = 4;
const LARGEST = 26;
/** Up to this many columns keep their labels, and the map can be scrolled; wider maps are scaled to fit. */
const SCROLLED_COLUMNS = 90;
const LABEL_CHARACTERS = 14;
/** The angle of the column labels. */
const SLOPE = Math.PI / 3;

/** One cell: the token that attends and the token attended to, as indices into the pair's tokens. */
export interface Cell {
  readonly from: number;
  readonly to: number;
}

interface Layout {
  readonly left: number;
  readonly top: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
}

/** One head, enlarged, with its tokens as labels; pointer and arrow keys select cells. */
export class HeadMap {
  private sides: Sides = { rows: [], columns: [] };
  private layout: Layout = { left: 0, top: 0, cellWidth: 1, cellHeight: 1 };
  private image: HTMLCanvasElement | undefined;
  private cell: Cell | undefined;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly tokens: readonly PlacedToken[],
    private readonly values: AttentionValues,
    /** The element that has the colours of the maps. */
    private readonly inkSource: Element,
    private readonly onPoint: (cell: Cell) => void,
  ) {
    canvas.addEventListener('pointermove', (event) => this.pointAt(event.offsetX, event.offsetY));
    canvas.addEventListener('click', (event) => this.pointAt(event.offsetX, event.offsetY));
    canvas.addEventListener('keydown', (event) => {
      const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (step !== undefined) {
        event.preventDefault();
        this.step(step[0] as number, step[1] as number);
      }
    });
  }

  /** Draws one head's block. */
  draw(layer: number, head: number, sides: Sides, strongest: number): void {
    this.sides = sides;
    this.layout = this.arrange();
    const { rows, columns } = sides;
    const image = document.createElement('canvas');
    image.width = Math.max(1, columns.length);
    image.height = Math.max(1, rows.length);
    const context = image.getContext('2d') as CanvasRenderingContext2D;
    const pixels = context.createImageData(image.width, image.height);
    const ink = Ink.of(this.inkSource);
    for (const [r, from] of rows.entries()) {
      for (const [c, to] of columns.entries()) {
        ink.put(
          pixels.data,
          r * columns.length + c,
          darkness(this.values.at(layer, head, from, to), strongest),
        );
      }
    }
    context.putImageData(pixels, 0, 0);
    this.image = image;
    this.canvas.setAttribute(
      'aria-label',
      `Attention of layer ${layer + 1}, head ${head + 1}: ${rows.length} tokens that look, ${columns.length} that are looked at. Arrow keys go through it.`,
    );
    this.paint();
  }

  /** Marks a cell, if it is in the block. */
  mark(cell: Cell | undefined): void {
    this.cell = cell;
    this.paint();
  }

  private arrange(): Layout {
    const { rows, columns } = this.sides;
    const room = (this.canvas.parentElement?.clientWidth ?? 600) - 2;
    const cellHeight =
      rows.length <= SCROLLED_COLUMNS ? clamp(360 / rows.length, LABELLED, LARGEST) : SMALLEST;
    const left = cellHeight >= LABELLED ? this.widestLabel(rows) + 12 : 8;
    const fitting = (room - left - 4) / columns.length;
    const cellWidth =
      columns.length <= SCROLLED_COLUMNS
        ? clamp(fitting, LABELLED, LARGEST)
        : clamp(fitting, SMALLEST, LARGEST);
    const top = cellWidth >= LABELLED ? this.widestLabel(columns) * Math.sin(SLOPE) + 18 : 8;
    return { left, top, cellWidth, cellHeight };
  }

  private widestLabel(places: readonly number[]): number {
    const context = this.canvas.getContext('2d') as CanvasRenderingContext2D;
    context.font = `bold 11px ${getComputedStyle(this.canvas).fontFamily}`;
    return Math.max(
      0,
      ...places.map((place) => context.measureText(shorten(labelOf(this.tokens[place]))).width),
    );
  }

  private paint(): void {
    const { left, top, cellWidth, cellHeight } = this.layout;
    const { rows, columns } = this.sides;
    if (this.image === undefined) {
      return;
    }
    const [width, height] = [columns.length * cellWidth, rows.length * cellHeight];
    const scale = Math.min(2, window.devicePixelRatio || 1);
    this.canvas.width = Math.round((left + width + 4) * scale);
    this.canvas.height = Math.round((top + height + 4) * scale);
    this.canvas.style.width = `${left + width + 4}px`;
    this.canvas.style.height = `${top + height + 4}px`;
    const context = this.canvas.getContext('2d') as CanvasRenderingContext2D;
    const style = getComputedStyle(this.canvas);
    const [ink, soft] = [
      style.getPropertyValue('caret-color'),
      style.getPropertyValue('text-decoration-color'),
    ];
    context.scale(scale, scale);
    context.imageSmoothingEnabled = false;
    context.drawImage(this.image, left, top, width, height);
    context.strokeStyle = soft;
    context.strokeRect(left - 0.5, top - 0.5, width + 1, height + 1);
    const [row, column] = [rows.indexOf(this.cell?.from ?? -1), columns.indexOf(this.cell?.to ?? -1)];
    context.font = `11px ${style.fontFamily}`;
    context.textBaseline = 'middle';
    if (cellHeight >= LABELLED) {
      context.textAlign = 'right';
      for (const [r, from] of rows.entries()) {
        this.write(
          context,
          this.tokens[from],
          r === row ? ink : soft,
          r === row,
          left - 6,
          top + (r + 0.5) * cellHeight,
        );
      }
    }
    if (cellWidth >= LABELLED) {
      context.textAlign = 'left';
      for (const [c, to] of columns.entries()) {
        context.save();
        context.translate(left + (c + 0.5) * cellWidth, top - 6);
        context.rotate(-SLOPE);
        this.write(context, this.tokens[to], c === column ? ink : soft, c === column, 0, 0);
        context.restore();
      }
    }
    if (row >= 0) {
      context.strokeStyle = ink;
      context.lineWidth = 1.5;
      context.strokeRect(left, top + row * cellHeight, width, cellHeight);
      if (column >= 0) {
        context.strokeRect(left + column * cellWidth, top + row * cellHeight, cellWidth, cellHeight);
      }
    }
  }

  private write(
    context: CanvasRenderingContext2D,
    token: PlacedToken | undefined,
    colour: string,
    isMarked: boolean,
    x: number,
    y: number,
  ): void {
    context.fillStyle = colour;
    context.font = context.font.replace(/^(bold )?/, isMarked ? 'bold ' : '');
    context.fillText(shorten(labelOf(token)), x, y);
  }

  private pointAt(x: number, y: number): void {
    const { left, top, cellWidth, cellHeight } = this.layout;
    const from = this.sides.rows[Math.floor((y - top) / cellHeight)];
    const to = this.sides.columns[Math.floor((x - left) / cellWidth)];
    if (from !== undefined && to !== undefined && !(this.cell?.from === from && this.cell.to === to)) {
      this.onPoint({ from, to });
    }
  }

  private step(down: number, right: number): void {
    const { rows, columns } = this.sides;
    const row = Math.max(0, rows.indexOf(this.cell?.from ?? -1));
    const column = Math.max(0, columns.indexOf(this.cell?.to ?? -1));
    const from = rows[clamp(row + down, 0, rows.length - 1)];
    const to = columns[clamp(column + right, 0, columns.length - 1)];
    if (from !== undefined && to !== undefined) {
      this.onPoint({ from, to });
    }
  }
}

function shorten(label: string): string {
  return label.length > LABEL_CHARACTERS ? `${label.slice(0, LABEL_CHARACTERS - 1)}…` : label;
}

function clamp(value: number, lowest: number, highest: number): number {
  return Math.min(highest, Math.max(lowest, value));
}
