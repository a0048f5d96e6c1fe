"""Writes a model in the formats of the other engines: export.py MODEL FOLDER

FOLDER gets the weights widened to float32 (libraries that follow the checkpoint's type would compute in float16), the
tokenizer, and onnx/: model.onnx in float32, model_quantized.onnx in dynamic int8 with a scale for each output channel.
"""

import shutil
import sys
from pathlib import Path

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
