import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { INSERTIONS_VERSION, withInsertions } from '../../../dist/tools/native/binding-source.js';
import { INSTALLED } from './support.js';

const SOURCE = readFileSync(path.join(INSTALLED, 'binding/tfjs_backend.cc'), 'utf8');
const ANCHORS = ['#include "utils.h"\n', '    case TF_ATTR_STRING: {\n', '    case TF_ATTR_TYPE: {\n'];

test('the installed source takes all insertions, each after its anchor', () => {
  const { text, insertions } = withInsertions(SOURCE);
  expect(insertions).toBe(INSERTIONS_VERSION);
  expect(text).toContain('case TF_ATTR_STRING: {\n      if (IsArray(env, nstatus, &js_value)) {');
  expect(text).toContain('TFE_OpSetAttrStringList(tfe_op, attr_name');
  expect(text).toContain('case TF_ATTR_TYPE: {\n      if (IsArray(env, nstatus, &js_value)) {');
  expect(text).toContain('TFE_OpSetAttrTypeList(tfe_op, attr_name');
  expect(text).toContain('absl::SetMinLogLevel(');
});

test('nothing but the insertions is changed', () => {
  const ours = withInsertions(SOURCE).text.split('\n');
  let at = 0;
  for (const line of SOURCE.split('\n')) {
    at = ours.indexOf(line, at) + 1;
    expect(at, `the line ${line}`).toBeGreaterThan(0);
  }
});

test.each(ANCHORS)('a source without %j is left unchanged', (anchor) => {
  const other = SOURCE.replace(anchor, '\n');
  expect(other).not.toBe(SOURCE);
  expect(withInsertions(other)).toEqual({ text: other, insertions: 0 });
});

test.each(ANCHORS)('a source with %j twice is left unchanged', (anchor) => {
  const other = SOURCE.replace(anchor, anchor + anchor);
  expect(withInsertions(other)).toEqual({ text: other, insertions: 0 });
});

test('line ends of Windows make no difference', () => {
  expect(withInsertions(SOURCE.replaceAll('\n', '\r\n'))).toEqual(withInsertions(SOURCE));
});
