import type { PlacedToken } from '../../../../tokenizer/tokenized.js';
import type { PackedAttention } from '../../../attention/packed-attention.js';
import { AttentionValues, type Block, labelOf, type Sides, sidesOf } from './attention-values.js';
import { HeadGrid } from './head-grid.js';
import { type Cell, HeadMap } from './head-map.js';
import { TokenStrip } from './token-strip.js';

/** Small maps of all heads, one of them enlarged, and the pair shaded by the attention of one token. */
export class AttentionExplorer {
  private sides: Sides;
  private strongest = 0;
  private layer = 0;
  private head = 0;
  private cell: Cell = { from: 0, to: 0 };
  private parts: { values: AttentionValues; grid: HeadGrid; map: HeadMap; strip: TokenStrip } | undefined;

  constructor(
    private readonly section: HTMLElement,
    private readonly tokens: readonly PlacedToken[],
    maps: PackedAttention,
  ) {
    this.sides = sidesOf('query-document', tokens);
    AttentionValues.unpack(maps).then((values) => this.start(values));
  }

  private start(values: AttentionValues): void {
    const find = <T extends Element>(selector: string): T => this.section.querySelector(selector) as T;
    this.parts = {
      values,
      grid: new HeadGrid(find('.head-grid'), values, (layer, head) => this.chooseHead(layer, head)),
      map: new HeadMap(find('.head-map'), this.tokens, values, find('.head-grid'), (cell) =>
        this.point(cell),
      ),
      strip: new TokenStrip(find('.token-strip'), this.tokens, (from) =>
        this.point({ from, to: this.cell.to }),
      ),
    };
    for (const choice of this.section.querySelectorAll<HTMLInputElement>('input[type=radio]')) {
      choice.addEventListener('change', () => this.chooseBlock(choice.value as Block));
      if (choice.checked) {
        this.sides = sidesOf(choice.value as Block, this.tokens);
      }
    }
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.draw());
    new ResizeObserver(() => this.drawHead()).observe(find('.head-map-frame'));
    [this.layer, this.head] = this.clearestHead(values);
    this.cell = this.strongestCell(values);
    this.draw();
    this.section.dataset.ready = '';
  }

  private chooseBlock(block: Block): void {
    this.sides = sidesOf(block, this.tokens);
    if (this.parts !== undefined && !this.contains(this.cell)) {
      this.cell = this.strongestCell(this.parts.values);
    }
    this.draw();
  }

  private chooseHead(layer: number, head: number): void {
    [this.layer, this.head] = [layer, head];
    if (this.parts !== undefined) {
      this.cell = this.strongestCell(this.parts.values);
    }
    this.drawHead();
  }

  private point(cell: Cell): void {
    this.cell = cell;
    this.parts?.map.mark(cell);
    this.describe();
  }

  private draw(): void {
    if (this.parts === undefined) {
      return;
    }
    const { values, grid } = this.parts;
    this.strongest = 0;
    this.eachHead((layer, head) => {
      this.strongest = Math.max(this.strongest, values.strongest(layer, head, this.sides));
    });
    grid.draw(this.sides, this.strongest);
    this.drawHead();
  }

  private drawHead(): void {
    this.parts?.grid.mark(this.layer, this.head);
    this.parts?.map.draw(this.layer, this.head, this.sides, this.strongest);
    this.parts?.map.mark(this.cell);
    this.describe();
  }

  private describe(): void {
    if (this.parts === undefined) {
      return;
    }
    const { values, strip } = this.parts;
    const { from, to } = this.cell;
    const shares = this.tokens.map((_, i) => values.at(this.layer, this.head, from, i));
    strip.shade(from, shares, this.strongest);
    const write = (selector: string, text: string): void => {
      const element = this.section.querySelector(selector);
      if (element !== null) {
        element.textContent = text;
      }
    };
    write('.head-title', `Layer ${this.layer + 1}, head ${this.head + 1}`);
    const name = (i: number): string => `“${labelOf(this.tokens[i])}”`;
    write(
      '.head-readout',
      `${name(from)} gives ${name(to)} ${(shares[to] ?? 0).toFixed(2)} of its attention`,
    );
  }

  /** The head whose query tokens attend most clearly to single tokens of the document. */
  private clearestHead(values: AttentionValues): [number, number] {
    const sides = sidesOf('query-document', this.tokens);
    let best: [number, number] = [0, 0];
    let largest = -1;
    this.eachHead((layer, head) => {
      const clarity = values.clarity(layer, head, sides);
      if (clarity > largest) {
        largest = clarity;
        best = [layer, head];
      }
    });
    return best;
  }

  private strongestCell(values: AttentionValues): Cell {
    let best: Cell = { from: this.sides.rows[0] ?? 0, to: this.sides.columns[0] ?? 0 };
    for (const from of this.sides.rows) {
      for (const to of this.sides.columns) {
        if (
          values.at(this.layer, this.head, from, to) > values.at(this.layer, this.head, best.from, best.to)
        ) {
          best = { from, to };
        }
      }
    }
    return best;
  }

  private contains({ from, to }: Cell): boolean {
    return this.sides.rows.includes(from) && this.sides.columns.includes(to);
  }

  private eachHead(visit: (layer: number, head: number) => void): void {
    const { layers = 0, heads = 0 } = this.parts?.values ?? {};
    for (let layer = 0; layer < layers; layer++) {
      for (let head = 0; head < heads; head++) {
        visit(layer, head);
      }
    }
  }
}
