import { parseArguments } from './arguments.js';
import { describeFailure } from './exit-codes.js';
import { type Io, writeText } from './io/io.js';

/**
 * Runs one command line. Results go to `io.stdout`, everything else to `io.stderr`.
 *
 * @returns the exit code. Errors are reported on `io.stderr`, never thrown.
 */
export async function runCommandLine(args: readonly string[], io: Io): Promise<number> {
  let verbose = args.includes('--verbose'); // used until the arguments are parsed
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

/** Reports an error in one to three lines; returns the exit code. */
export function reportFailure(error: unknown, verbose: boolean, { stderr, signal }: Io): number {
  // An interrupted command can fail in many ways, so the reason of the interruption is reported.
  const { code, message } = describeFailure(signal.aborted ? signal.reason : error, verbose);
  if (message !== '') {
    stderr.write(`${message}\n`);
  }
  return code;
}
