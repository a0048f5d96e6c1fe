"""ONNX Runtime in Python: onnx_runtime.py FOLDER float32|int8 THREADS; FOLDER was written by export.py."""

import sys
from pathlib import Path

import onnxruntime
import tokenizers
from protocol import padded_arrays, serve, sorted_batches
from tokenizers import Tokenizer

folder, dtype, threads = sys.argv[1:]
FILES = {"float32": "model.onnx", "int8": "model_quantized.onnx"}


def load():
    tokenizer = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
    tokenizer.enable_truncation(512)
    pad = tokenizer.token_to_id("<pad>")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(threads)
    file = Path(folder) / "onnx" / FILES[dtype]
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])

    def score(pairs):
        encoded = [encoding.ids for encoding in tokenizer.encode_batch(pairs)]
        logits = [0.0] * len(pairs)
        for batch in sorted_batches(encoded):
            output = session.run(["logits"], padded_arrays(encoded, batch, pad))[0]
            for row, i in enumerate(batch):
                logits[i] = output[row, 0]
        return logits

    return {"onnxruntime": onnxruntime.__version__, "tokenizers": tokenizers.__version__}, score


serve(load)
