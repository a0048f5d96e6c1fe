import type { TextPair } from '../../engine/types.js';
import { describeJson } from './jsonl.js';
import type { BadLine, Line } from './lines.js';
import { parsePairLine } from './pair-lines.js';

/** A pair whose relevance is known. */
export interface LabelledPair {
  readonly pair: TextPair;
  readonly isRelevant: boolean;
  /** The number of its line. */
  readonly line: number;
}

/** Reads `{"query", "document", "label"}`; it never throws. The label is 0 or 1, false or true. */
export function parseLabelledLine(line: Line, inputName: string): LabelledPair | BadLine {
  const parsed = parsePairLine(line, 'jsonl', inputName);
  if ('error' in parsed) return parsed;
  const { source, pair } = parsed;
  const { label } = source.fields;
  const isRelevant = label === 1 || label === true;
  if (!isRelevant && label !== 0 && label !== false) {
    const given = label === undefined ? 'missing' : describeJson(label);
    return { source, error: `${inputName} line ${line.number}: "label" is ${given}; it must be 0 or 1.` };
  }
  return { pair, isRelevant, line: line.number };
}
