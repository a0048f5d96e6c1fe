// Facts about the machine of a measurement.

import os from 'node:os';
import { readProcessor } from '../../dist/tools/native/processor.js';
import { runProgram } from '../../dist/tools/native/run-program.js';

export async function describeMachine() {
  const processor = await readProcessor(process.platform, runProgram);
  return { processor, memory_bytes: os.totalmem(), platform: process.platform, arch: process.arch };
}
