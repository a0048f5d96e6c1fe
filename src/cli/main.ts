#!/usr/bin/env node
import { Interruption } from './exit-codes.js';
import { createIo, type Io, writeText } from './io/io.js';
import { reportFailure, runCommandLine } from './run.js';

/** 128 + the signal's number, as shells count. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

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

const args = process.argv.slice(2);
const io = createIo(interruption.signal);
process.on('uncaughtException', (error) => exit(reportFailure(error, args.includes('--verbose'), io), io));
runCommandLine(args, io).then((code) => exit(code, io));
