"""ONNX Runtime in Python: onnx_runtime.py FOLDER float32|int8 THREADS; FOLDER was written by export.py."""

import sys
from pathlib import Path

import numpy as np
import onnxruntime
import tokenizers
from protocol import serve, sorted_batches
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
            ids = np.full((len(batch), max(len(encoded[i]) for i in batch)), pad, dtype=np.int64)
            mask = np.zeros_like(ids)
            for row, i in enumerate(batch):
                ids[row, : len(encoded[i])] = encoded[i]
                mask[row, : len(encoded[i])] = 1
            output = session.run(["logits"], {"input_ids": ids, "attention_mask": mask})[0]
            for row, i in enumerate(batch):
                logits[i] = output[row, 0]
        return logits

    return {"onnxruntime": onnxruntime.__version__, "tokenizers": tokenizers.__version__}, score


serve(load)
