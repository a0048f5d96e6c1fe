type Rgb = readonly [number, number, number];

/** A colour scale from the background to the text colour of an element in the style sheet. */
export class Ink {
  private constructor(
    private readonly empty: Rgb,
    private readonly full: Rgb,
  ) {}

  static of(element: Element): Ink {
    const { color, backgroundColor } = getComputedStyle(element);
    return new Ink(parse(backgroundColor), parse(color));
  }

  /** Writes a colour into pixels; darkness from 0 to 1. */
  put(pixels: Uint8ClampedArray, pixel: number, darkness: number): void {
    for (let channel = 0; channel < 3; channel++) {
      const [from, to] = [this.empty[channel] as number, this.full[channel] as number];
      pixels[pixel * 4 + channel] = from + (to - from) * darkness;
    }
    pixels[pixel * 4 + 3] = 255;
  }
}

function parse(colour: string): Rgb {
  const [r = 0, g = 0, b = 0] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  return [r, g, b];
}
