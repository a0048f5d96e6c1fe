#!/usr/bin/env node
import { Interruption } from './exit-codes.js';
import { createIo, type Io, writeText } from './io/io.js';
import { reportFailure, runCommandLine } from './run.js';

/** 128 + the signal's number, as in shells. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

/** Ends the process after its output is written, or at once if nobody reads it any more. */
async function exit(code: number, { stdout, stderr }: Io): Promise<void> {
  await Promise.allSettled([writeText(stdout, ''), writeText(stderr, '')]);
  process.exit(code);
}

const interruption = new AbortController();
for (const [signal, code] of Object.entries(SIGNALS)) {
  process.on(signal, () => {
    if (interruption.signal.aborted) {
      process.exit(code); // the second request ends it at once
    }
    interruption.abort(new Interruption(code));
  });
}

const args = process.argv.slice(2);
const io = createIo(interruption.signal);
process.on('uncaughtException', (error) => exit(reportFailure(error, args.includes('--verbose'), io), io));
runCommandLine(args, io).then((code) => exit(code, io));
