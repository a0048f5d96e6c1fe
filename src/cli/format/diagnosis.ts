import type { Diagnosis } from '../../tools/native/lacks.js';
import { visibleLine } from './visible.js';

const NAME_COLUMNS = 14;

/** A diagnosis for people. */
export function formatDiagnosis(diagnosis: Diagnosis): string {
  const { node, machine, processor, memory, gpus, backends, binding, model, lacks } = diagnosis;
  const { platform, arch, glibc } = machine;
  const native = backends.find(({ backend }) => backend === 'node');
  const lines: (readonly [string, string])[] = [
    ['Node', node],
    ['system', `${platform} ${arch}${glibc === undefined ? '' : `, glibc ${glibc}`}`],
    ['processor', `${processor.model}, ${processor.cores} cores`],
    ['', processor.flags.join(' ') || 'flags unknown'],
    ['memory', `${gigabytes(memory.totalBytes)}, ${gigabytes(memory.freeBytes)} free`],
    ['GPU', gpus.join('; ') || 'none seen (nvidia-smi finds none)'],
    ...backends.map(
      ({ backend, works, description }) => [`${works ? '✓' : '✗'} ${backend}`, description] as const,
    ),
    ['auto takes', describeAuto(diagnosis)],
    [
      'TensorFlow',
      native?.tensorflow === undefined
        ? 'none'
        : `${native.tensorflow}, on the ${native.gpu ? 'GPU' : 'CPU'}`,
    ],
    ['binding', describeBinding(binding)],
    ...(native?.kernels ?? []).map(
      ({ name, works, reason }) => [works ? '  ✓' : '  ✗', works ? name : `${name}: ${reason}`] as const,
    ),
    ['model', 'missing' in model ? model.missing : `${model.folder}, ${model.layers} layers`],
  ];
  const table = lines.map(([name, value]) => `${name.padEnd(NAME_COLUMNS)}${visibleLine(value)}`);
  const mends = lacks.flatMap(({ what, mend }) => ['', visibleLine(what), `  ${visibleLine(mend)}`]);
  return [...table, ...(mends.length === 0 ? ['', 'Nothing is missing.'] : mends), ''].join('\n');
}

function describeAuto({ auto, backends }: Diagnosis): string {
  if (auto === undefined) {
    return 'nothing: no backend works';
  }
  const webgpu = backends.find(({ backend }) => backend === 'webgpu'); // auto never chooses it
  const passedOver = backends
    .slice(
      0,
      backends.findIndex(({ backend }) => backend === auto),
    )
    .filter((probe) => probe !== webgpu)
    .map(({ backend }) => backend);
  const choice =
    passedOver.length === 0
      ? `${auto}, the fastest`
      : `${auto}, the fastest that works: ${passedOver.join(' and ')} cannot start`;
  return webgpu?.works ? `${choice}; webgpu only with --backend webgpu` : choice;
}

const BUILDERS = { ours: 'built by setup-native', foreign: 'not built by setup-native', none: 'not built' };

function describeBinding({ package: name, version, kind }: Diagnosis['binding']): string {
  return version === undefined ? `${name} is not installed` : `of ${name} ${version}, ${BUILDERS[kind]}`;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

/** A diagnosis for programs. */
export function toDiagnosisJson(diagnosis: Diagnosis): unknown {
  const { node, machine, processor, memory, gpus, backends, auto, binding, model, lacks } = diagnosis;
  return {
    node,
    platform: machine.platform,
    arch: machine.arch,
    glibc: machine.glibc ?? null,
    processor,
    memory: { total_bytes: memory.totalBytes, free_bytes: memory.freeBytes },
    gpus,
    backends: backends.map(({ backend, works, description, tensorflow, gpu, kernels }) => ({
      backend,
      works,
      description,
      ...(tensorflow !== undefined && { tensorflow, gpu, kernels }),
    })),
    auto: auto ?? null,
    binding,
    model: 'missing' in model ? { found: false, reason: model.missing } : { found: true, ...model },
    lacks,
  };
}
