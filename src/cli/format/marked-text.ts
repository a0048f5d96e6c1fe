import { displayWidth } from './display-width.js';

/** A stretch of text on one line, and how the terminal shows it. */
export interface MarkedRun {
  readonly text: string;
  /** Puts colours around it; they count for no width. */
  readonly paint?: ((text: string) => string) | undefined;
}

/** Where a line may be broken: behind blanks, and around characters that are written without them. */
const ATOMS =
  /[^ \u2e80-\u9fff\uac00-\ud7af\uff00-\uffef]+ *|[\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef] *| +/gu;

/**
 * Text in lines of so many columns, beside a label.
 *
 * @param label stands before the first line, padded to `indent`; the others are indented as far.
 */
export function wrapRuns(
  runs: readonly MarkedRun[],
  { label = '', indent = 0, columns }: { label?: string; indent?: number; columns: number },
): string {
  const room = Math.max(20, columns - indent);
  const lines: string[] = [''];
  let width = 0;
  for (const { text, paint = unpainted } of runs) {
    for (const [atom] of text.matchAll(ATOMS)) {
      if (width > 0 && width + displayWidth(atom.trimEnd()) > room) {
        lines.push('');
        width = 0;
      }
      lines[lines.length - 1] += paint(atom);
      width += displayWidth(atom);
    }
  }
  return lines.map((line, i) => (i === 0 ? label : '').padEnd(indent) + line).join('\n');
}

function unpainted(text: string): string {
  return text;
}
