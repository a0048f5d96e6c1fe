import type { Diagnosis } from '../../tools/native/lacks.js';
import { EXIT } from '../exit-codes.js';
import { formatDiagnosis, toDiagnosisJson } from '../format/diagnosis.js';
import type { Io } from '../io/io.js';
import { writeOut } from '../io/output.js';
import { Reporter } from '../io/reporter.js';
import { type Choose, type Cli, MODEL_OPTIONS, type OutputOptions, text } from '../options.js';

/** Options of `doctor`, in addition to the common ones. */
export interface DoctorOptions extends OutputOptions {
  readonly model: string | undefined;
  readonly format: 'table' | 'json';
}

/** `doctor`: what works on this machine, and how to fix what does not. */
export function addDoctorCommand(cli: Cli, choose: Choose): void {
  cli.command(
    'doctor',
    'Show what works on this machine, how fast it can be, and commands that fix what is missing',
    (command) =>
      command
        .option('format', {
          ...text,
          choices: ['table', 'json'] as const,
          default: 'table' as const,
          describe: 'table for people, or json',
        })
        .option('model', MODEL_OPTIONS.model)
        .example('$0 doctor', '')
        .example('$0 doctor --format json', '')
        .epilogue('Tries each backend in a process of its own. Exit code 4 if wasm does not work.'),
    (options) => choose(options, (io) => doctor(options, io)),
  );
}

async function doctor({ model, format, quiet }: DoctorOptions, io: Io): Promise<number> {
  // TensorFlow's C library reads it in the process that tries it; 2 means errors only.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  const { diagnose } = await import('../../tools/native/diagnose.js');
  const { thisMachine } = await import('../../tools/native/machine.js');
  const { runProgram } = await import('../../tools/native/run-program.js');
  const reporter = new Reporter(io, quiet);
  reporter.status(() => 'Trying each backend');
  const diagnosis: Diagnosis = await diagnose(thisMachine(), model, runProgram, io.signal);
  reporter.clear();
  const answer =
    format === 'json'
      ? `${JSON.stringify(toDiagnosisJson(diagnosis), undefined, 2)}\n`
      : formatDiagnosis(diagnosis);
  await writeOut(io, answer);
  const wasm = diagnosis.backends.find(({ backend }) => backend === 'wasm');
  return wasm?.works === true ? EXIT.ok : EXIT.environment;
}
