import type { Removal } from '../../tools/native/remove.js';
import type { Setup } from '../../tools/native/setup.js';
import { EXIT } from '../exit-codes.js';
import { formatDuration, formatPlural } from '../format/format.js';
import type { Io } from '../io/io.js';
import { writeOut } from '../io/output.js';
import { Reporter } from '../io/reporter.js';
import { type Choose, type Cli, type OutputOptions, OWN_OPTIONS, text } from '../options.js';

/** Options of `setup-native`, in addition to the common ones. */
export interface SetupNativeOptions extends OutputOptions {
  readonly gpu: boolean;
  readonly wheel: string | undefined;
  readonly tensorflow: string | undefined;
  readonly remove: boolean;
}

/** `setup-native`: builds the native backend. */
export function addSetupNativeCommand(cli: Cli, choose: Choose): void {
  cli.command(
    'setup-native',
    "Build the native backend: TensorFlow.js on TensorFlow's C library",
    (command) =>
      command
        .option('gpu', {
          type: 'boolean',
          group: OWN_OPTIONS,
          default: false,
          describe: 'TensorFlow with CUDA, for NVIDIA GPUs on Linux x64',
        })
        .option('wheel', {
          ...text,
          describe: 'A TensorFlow wheel on this machine; nothing is downloaded',
        })
        .option('tensorflow', {
          ...text,
          describe: 'A folder with the two libraries and include, as in site-packages; nothing is downloaded',
        })
        .option('remove', {
          type: 'boolean',
          group: OWN_OPTIONS,
          default: false,
          describe: 'Remove it; the cached libraries stay for other projects',
        })
        .conflicts('wheel', 'tensorflow')
        .example('$0 setup-native', '')
        .example('$0 setup-native --wheel tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl', '')
        .epilogue(
          'Needs Python with pip, a C++ compiler, 1.2 GB of disk space during the setup and 0.9 GB afterwards. pip downloads ' +
            "the pinned TensorFlow (270 MB). Its libraries go to the user's cache; the binding and links to them go to " +
            'node_modules/@tensorflow/tfjs-node-gpu. Run it again if npm install has removed them. ' +
            'Exit code 4 if something is missing; then the installation is unchanged.',
        ),
    (options) => choose(options, (io) => (options.remove ? remove(io) : setUp(options, io))),
  );
}

async function setUp(options: SetupNativeOptions, io: Io): Promise<number> {
  // TensorFlow's C library reads it in the processes that test it; 2 means errors only.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  const { setUpNative } = await import('../../tools/native/setup.js');
  const { cacheFolder } = await import('../../files/cache-folder.js');
  const { thisMachine } = await import('../../tools/native/machine.js');
  const { runProgram } = await import('../../tools/native/run-program.js');
  const { listGpus } = await import('../../tools/native/cuda.js');
  const { gpu, wheel, tensorflow, quiet } = options;
  const reporter = new Reporter(io, quiet);
  const startedAt = performance.now();
  const machine = thisMachine();
  const setup = await setUpNative({
    ...{ gpu, wheel, tensorflow, machine },
    compiler: process.env.CXX,
    cache: cacheFolder(machine.platform, process.env.XDG_CACHE_HOME),
    run: runProgram,
    showProgress: io.statusColumns !== undefined && !quiet,
    signal: io.signal,
    onStep: (line) => reporter.note(line),
  });
  await writeOut(io, formatSetup(setup, await listGpus(runProgram), performance.now() - startedAt));
  return EXIT.ok;
}

async function remove(io: Io): Promise<number> {
  const { removeNative } = await import('../../tools/native/remove.js');
  await writeOut(io, formatRemoval(await removeNative()));
  return EXIT.ok;
}

function formatRemoval({ folder, had }: Removal): string {
  switch (had.kind) {
    case 'none':
      return `There was no binding in ${folder}.\n`;
    case 'foreign':
      return `Removed the binding from ${folder}. setup-native had not built it; npm rebuild restores it.\n`;
    case 'ours': {
      const { libraries, chosen } = had.stamp;
      const others = chosen
        ? ''
        : ', where other projects may use them; delete that folder to free its space';
      return `Removed the binding from ${folder}.\nTensorFlow's libraries stay in ${libraries}${others}.\n`;
    }
  }
}

function formatSetup({ folder, wasThere, stamp, probe }: Setup, gpus: readonly string[], ms: number): string {
  const { reference, kernels } = probe;
  const lines = [
    ['TensorFlow', `${probe.tensorflow}, ${stamp.libraries}`],
    ['binding', `@tensorflow/tfjs-node-gpu ${stamp.tfjsNode}, ${folder}`],
    ['device', describeDevice(stamp.gpu, probe.gpu === true, gpus)],
    [
      'self-test',
      `a matrix product; ${formatPlural(reference?.pairs ?? 0, 'pair')} of the embedded model within ` +
        `${reference?.maxDifference.toExponential(1)} of PyTorch (tolerance ${reference?.tolerance.toExponential()})`,
    ],
    ...kernels.map(({ name, works, reason }) => ['', `${name}: ${works ? 'yes' : `no, ${reason}`}`] as const),
  ] as const;
  const verdict = wasThere ? 'Was set up already; tested' : 'Set up';
  return [
    ...lines.map(([name, value]) => `${name.padEnd(12)}${value}`),
    `${verdict} in ${formatDuration(ms)}.`,
    '',
  ].join('\n');
}

function describeDevice(wanted: boolean, used: boolean, gpus: readonly string[]): string {
  if (used) {
    return `GPU: ${gpus.join('; ')}`;
  }
  if (!wanted) {
    return 'CPU';
  }
  return gpus.length === 0
    ? 'CPU: no GPU was found, so none was tested'
    : `CPU: TensorFlow does not use ${gpus.join('; ')}. CUDA's libraries are missing or of another version`;
}
