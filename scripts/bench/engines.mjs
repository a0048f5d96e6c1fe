// The compared engines, and how each is started.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('./engines', import.meta.url));

/**
 * {name, family, command, ours?, dtype, thin?: divisor of the number of documents}.
 *
 * @param options {model, exported, python, transformersJs, threads, dtypes}; dtypes are those of this library on node.
 */
export function listEngines({ model, exported, python, transformersJs, threads, dtypes }) {
  const environment = {
    TF_CPP_MIN_LOG_LEVEL: '2',
    OMP_NUM_THREADS: String(threads),
    HF_HUB_OFFLINE: '1',
    PYTHONWARNINGS: 'ignore',
  };
  const node = (script, ...args) => [process.execPath, path.join(folder, script), ...args];
  const py = (script, ...args) => [python, path.join(folder, script), ...args, String(threads)];
  const ours = (backend, dtype, workers = 1) => ({
    ours: true,
    dtype,
    command: node('ours.mjs', model, backend, dtype, String(workers)),
  });
  const pytorch = (dtype, order) => ({ dtype, command: py('pytorch.py', model, dtype, order) });
  const onnx = (dtype) => ({ dtype, command: py('onnx_runtime.py', exported, dtype) });
  const openvino = (dtype) => ({ dtype, command: py('openvino_cpu.py', exported, dtype) });
  const engines = {
    ...Object.fromEntries(dtypes.map((dtype) => [`ours node ${dtype}`, ours('node', dtype)])),
    'ours wasm float32': { ...ours('wasm', 'float32', threads), thin: 16 },
    'onnxruntime-web float32': {
      dtype: 'float32',
      command: node('onnxruntime-web.mjs', exported, transformersJs, String(threads)),
      thin: 16,
    },
    'PyTorch float32': pytorch('float32', 'sorted'),
    'PyTorch float32, input order': pytorch('float32', 'unsorted'),
    'PyTorch bfloat16': pytorch('bfloat16', 'sorted'),
    'PyTorch int8 dynamic': pytorch('int8', 'sorted'),
    FlagReranker: { dtype: 'float32', command: py('flag_reranker.py', exported) },
    CrossEncoder: { dtype: 'float32', command: py('cross_encoder.py', exported) },
    'ONNX Runtime float32': onnx('float32'),
    'ONNX Runtime int8 dynamic': onnx('int8'),
    'OpenVINO float32': openvino('float32'),
    'OpenVINO bfloat16': openvino('bfloat16'),
    'OpenVINO int8': openvino('int8'),
    'transformers.js float32': {
      dtype: 'float32',
      command: node('transformers-js.mjs', exported, transformersJs, String(threads)),
    },
  };
  return Object.entries(engines).map(([name, engine]) => ({ name, environment, ...engine }));
}

/** The engines whose names begin with one of the words, in their own order; all without words. */
export function chooseEngines(engines, words) {
  return engines.filter(({ name }) => words === undefined || words.some((word) => name.startsWith(word)));
}

/** Writes the files that the other engines read, once: the folder of engines/export.py. */
export function exportModel(model, work, python) {
  const exported = path.join(work, `${path.basename(path.resolve(model))}-exported`);
  if (!existsSync(path.join(exported, 'onnx/openvino_int8.xml'))) {
    console.error(`Exporting to ${exported}`);
    execFileSync(python, [path.join(folder, 'export.py'), model, exported], {
      stdio: ['ignore', 'ignore', 'ignore'],
    });
  }
  return exported;
}
