#!/usr/bin/env node
import { parseArguments } from './arguments.js';
import { describeFailure, Interruption } from './exit-codes.js';
import { createIo, type Io, writeText } from './io/io.js';

/** 128 + the signal's number, as shells count. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

let verbose = process.argv.includes('--verbose'); // until the arguments are understood

async function main(args: readonly string[], io: Io): Promise<number> {
  try {
    const parsed = await parseArguments(args, io.columns);
    if (parsed.kind === 'text') {
      await writeText(io.stdout, parsed.text);
      return 0;
    }
    verbose = parsed.options.verbose;
    return await parsed.run(io);
  } catch (error) {
    return fail(error, io);
  }
}

/** Says what went wrong, in one to three lines. */
function fail(error: unknown, { stderr, signal }: Io): number {
  // What is interrupted fails in many ways, all for the one reason.
  const { code, message } = describeFailure(signal.aborted ? signal.reason : error, verbose);
  if (message !== '') {
    stderr.write(`${message}\n`);
  }
  return code;
}

/** Ends the process once what is written is out; whether anybody still reads it does not matter here. */
async function exit(code: number, { stdout, stderr }: Io): Promise<void> {
  await Promise.allSettled([writeText(stdout, ''), writeText(stderr, '')]);
  process.exit(code);
}

const interruption = new AbortController();
for (const [signal, code] of Object.entries(SIGNALS)) {
  process.on(signal, () => {
    if (interruption.signal.aborted) {
      process.exit(code); // asked twice: at once
    }
    interruption.abort(new Interruption(code));
  });
}

const io = createIo(interruption.signal);
process.on('uncaughtException', (error) => exit(fail(error, io), io));
main(process.argv.slice(2), io).then((code) => exit(code, io));
