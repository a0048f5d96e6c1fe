import { parseArguments } from './arguments.js';
import { describeFailure } from './exit-codes.js';
import { type Io, writeText } from './io/io.js';

/**
 * Runs one command line. Data goes to `io.stdout`, all else to `io.stderr`.
 *
 * @returns the exit code; what goes wrong is told on `io.stderr`, never thrown.
 */
export async function runCommandLine(args: readonly string[], io: Io): Promise<number> {
  let verbose = args.includes('--verbose'); // until the arguments are understood
  try {
    const parsed = await parseArguments(args, io.columns);
    if (parsed.kind === 'text') {
      await writeText(io.stdout, parsed.text);
      return 0;
    }
    verbose = parsed.options.verbose;
    return await parsed.run(io);
  } catch (error) {
    return reportFailure(error, verbose, io);
  }
}

/** Says what went wrong, in one to three lines; returns the exit code. */
export function reportFailure(error: unknown, verbose: boolean, { stderr, signal }: Io): number {
  // What is interrupted fails in many ways, all for the one reason.
  const { code, message } = describeFailure(signal.aborted ? signal.reason : error, verbose);
  if (message !== '') {
    stderr.write(`${message}\n`);
  }
  return code;
}
