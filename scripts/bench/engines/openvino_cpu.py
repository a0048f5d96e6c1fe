"""OpenVINO on the processor: openvino_cpu.py FOLDER float32|bfloat16|int8 THREADS; FOLDER was written by export.py."""

import sys
from pathlib import Path

import openvino
import tokenizers
from protocol import padded_arrays, serve, sorted_batches
from tokenizers import Tokenizer

folder, dtype, threads = sys.argv[1:]
FILES = {"float32": "model.onnx", "bfloat16": "model.onnx", "int8": "openvino_int8.xml"}
PRECISION = {"float32": "f32", "bfloat16": "bf16", "int8": "f32"}


def load():
    tokenizer = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
    tokenizer.enable_truncation(512)
    pad = tokenizer.token_to_id("<pad>")
    core = openvino.Core()
    if dtype == "bfloat16" and "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        raise RuntimeError("This processor has no bfloat16; OpenVINO would compute in float32.")
    settings = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": PRECISION[dtype],
        "INFERENCE_NUM_THREADS": int(threads),
    }
    model = core.compile_model(str(Path(folder) / "onnx" / FILES[dtype]), "CPU", settings)

    def score(pairs):
        encoded = [encoding.ids for encoding in tokenizer.encode_batch(pairs)]
        logits = [0.0] * len(pairs)
        for batch in sorted_batches(encoded):
            output = model(padded_arrays(encoded, batch, pad))[0]
            for row, i in enumerate(batch):
                logits[i] = output[row, 0]
        return logits

    return {"openvino": openvino.__version__, "tokenizers": tokenizers.__version__}, score


serve(load)
