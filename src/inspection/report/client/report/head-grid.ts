import { create } from '../shared/dom.js';
import { type AttentionValues, darkness, type Sides } from './attention-values.js';
import { Ink } from './ink.js';

/** Most pixels of a small map. In larger blocks each pixel shows the largest of its values. */
const PIXELS = 48;

/** The small maps of all heads, a row for each layer, with arrow keys. */
export class HeadGrid {
  private readonly cells: HTMLButtonElement[][] = [];

  constructor(
    private readonly element: HTMLElement,
    private readonly values: AttentionValues,
    private readonly onChoose: (layer: number, head: number) => void,
  ) {
    const { layers, heads } = values;
    element.style.setProperty('--heads', String(heads));
    element.append(
      create('div', { role: 'row', class: 'head-row' }, corner(), ...range(heads).map((head) => label(head))),
    );
    for (const layer of range(layers)) {
      const row = range(heads).map((head) => this.createCell(layer, head));
      this.cells.push(row);
      element.append(create('div', { role: 'row', class: 'head-row' }, label(layer), ...row));
    }
  }

  /** Draws all maps of a block on one scale. */
  draw(sides: Sides, strongest: number): void {
    const ink = Ink.of(this.element);
    for (const [layer, row] of this.cells.entries()) {
      for (const [head, cell] of row.entries()) {
        this.drawCell(cell, layer, head, sides, strongest, ink);
      }
    }
  }

  mark(layer: number, head: number): void {
    for (const [l, row] of this.cells.entries()) {
      for (const [h, cell] of row.entries()) {
        const isChosen = l === layer && h === head;
        cell.setAttribute('aria-selected', String(isChosen));
        cell.tabIndex = isChosen ? 0 : -1;
      }
    }
  }

  private createCell(layer: number, head: number): HTMLButtonElement {
    const name = `Layer ${layer + 1}, head ${head + 1}`;
    const cell = create(
      'button',
      { type: 'button', role: 'gridcell', title: name, 'aria-label': name },
      create('canvas'),
    );
    cell.addEventListener('click', () => this.onChoose(layer, head));
    cell.addEventListener('keydown', (event) => {
      const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      const [down, right] = step ?? [0, 0];
      const next = this.cells[layer + (down as number)]?.[head + (right as number)];
      if (step !== undefined && next !== undefined) {
        event.preventDefault();
        this.onChoose(layer + (down as number), head + (right as number));
        next.focus();
      }
    });
    return cell;
  }

  private drawCell(
    cell: HTMLButtonElement,
    layer: number,
    head: number,
    { rows, columns }: Sides,
    strongest: number,
    ink: Ink,
  ): void {
    const canvas = cell.firstElementChild as HTMLCanvasElement;
    const height = Math.max(1, Math.min(PIXELS, rows.length));
    const width = Math.max(1, Math.min(PIXELS, columns.length));
    const largest = new Float32Array(width * height);
    for (const [r, from] of rows.entries()) {
      const y = Math.floor((r * height) / rows.length);
      for (const [c, to] of columns.entries()) {
        const pixel = y * width + Math.floor((c * width) / columns.length);
        largest[pixel] = Math.max(largest[pixel] as number, this.values.at(layer, head, from, to));
      }
    }
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext('2d') as CanvasRenderingContext2D;
    const image = context.createImageData(width, height);
    for (const [pixel, share] of largest.entries()) {
      ink.put(image.data, pixel, darkness(share, strongest));
    }
    context.putImageData(image, 0, 0);
  }
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}

function label(index: number): HTMLElement {
  return create('span', { class: 'head-label', role: 'presentation' }, String(index + 1));
}

function corner(): HTMLElement {
  return create('span', { class: 'head-label head-corner', role: 'presentation' }, 'layer ↓ head →');
}
