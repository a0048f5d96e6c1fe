"""Writes a model in the formats of the other engines: export.py MODEL FOLDER

FOLDER gets the weights widened to float32 (libraries that follow the checkpoint's type would compute in float16), the
tokenizer, and onnx/: model.onnx in float32, model_quantized.onnx in dynamic int8 with a scale for each output channel,
openvino_int8.xml in OpenVINO's static int8, calibrated on the pairs of MODEL's golden.
"""

import json
import shutil
import sys
from pathlib import Path

import nncf
import numpy as np
import openvino
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import AutoModelForSequenceClassification

source, target = (Path(argument) for argument in sys.argv[1:])


class Logits(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask):
        return self.model(input_ids=input_ids, attention_mask=attention_mask).logits


(target / "onnx").mkdir(parents=True, exist_ok=True)
for name in ("tokenizer.json", "tokenizer_config.json"):
    shutil.copyfile(source / name, target / name)
model = AutoModelForSequenceClassification.from_pretrained(
    source, dtype=torch.float32, attn_implementation="sdpa", local_files_only=True
).eval()
model.save_pretrained(target)
ids = torch.tensor([[0, 5, 2, 2, 6, 7, 2], [0, 5, 2, 2, 6, 2, 1]])
file = target / "onnx" / "model.onnx"
batch, seq = torch.export.Dim("batch", min=1, max=4096), torch.export.Dim("seq", min=4, max=512)
with torch.inference_mode():
    torch.onnx.export(
        Logits(model),
        (ids, (ids != 1).long()),
        str(file),
        input_names=["input_ids", "attention_mask"],
        output_names=["logits"],
        dynamic_shapes={"input_ids": {0: batch, 1: seq}, "attention_mask": {0: batch, 1: seq}},
        dynamo=True,
        external_data=False,
    )
quantize_dynamic(file, file.with_name("model_quantized.onnx"), per_channel=True, weight_type=QuantType.QInt8)

golden = next(source / name for name in ("golden.json", "reference.json") if (source / name).exists())
sequences = [np.array([pair["input_ids"]], dtype=np.int64) for pair in json.loads(golden.read_text())["pairs"]]
quantized = nncf.quantize(
    openvino.Core().read_model(file),
    nncf.Dataset([{"input_ids": ids, "attention_mask": np.ones_like(ids)} for ids in sequences]),
    model_type=nncf.ModelType.TRANSFORMER,
    # With quantized embeddings OpenVINO 2026.4 cannot compile the model: "constant_fold failed".
    ignored_scope=nncf.IgnoredScope(types=["Gather"], validate=False),
    subset_size=len(sequences),
)
openvino.save_model(quantized, file.with_name("openvino_int8.xml"), compress_to_fp16=False)
