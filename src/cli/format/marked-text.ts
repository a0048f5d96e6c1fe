import { displayWidth } from './display-width.js';

/** A stretch of text on one line, and its colour in the terminal. */
export interface MarkedRun {
  readonly text: string;
  /** Adds colours, which do not count for the width. */
  readonly paint?: ((text: string) => string) | undefined;
}

/** Where a line may be broken: after spaces, and around characters of scripts without spaces. */
const ATOMS =
  /[^ \u2e80-\u9fff\uac00-\ud7af\uff00-\uffef]+ *|[\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef] *| +/gu;

/**
 * Text in lines of at most so many columns, with a label on the left.
 *
 * @param label comes before the first line, padded to `indent`; the other lines are indented by as much.
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
