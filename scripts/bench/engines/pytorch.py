"""PyTorch and transformers, sdpa attention: pytorch.py MODEL float32|bfloat16|int8 sorted|unsorted THREADS"""

import sys

import torch
import transformers
from protocol import serve, sorted_batches
from transformers import AutoTokenizer, XLMRobertaForSequenceClassification

folder, dtype, order, threads = sys.argv[1:]
BATCH = 32


def load():
    torch.set_num_threads(int(threads))
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = XLMRobertaForSequenceClassification.from_pretrained(
        folder,
        dtype=torch.bfloat16 if dtype == "bfloat16" else torch.float32,
        attn_implementation="sdpa",
        local_files_only=True,
    ).eval()
    if dtype == "int8":
        model = torch.ao.quantization.quantize_dynamic(model, {torch.nn.Linear}, dtype=torch.qint8)

    @torch.inference_mode()
    def score_sorted(pairs):
        encoded = tokenizer([q for q, _ in pairs], [d for _, d in pairs], truncation=True, max_length=512)
        logits = [0.0] * len(pairs)
        for batch in sorted_batches(encoded["input_ids"], BATCH):
            rows = {name: [values[i] for i in batch] for name, values in encoded.items()}
            inputs = tokenizer.pad(rows, return_tensors="pt")
            for i, logit in zip(batch, model(**inputs).logits[:, 0].float().tolist()):
                logits[i] = logit
        return logits

    @torch.inference_mode()
    def score_in_order(pairs):
        logits = []
        for start in range(0, len(pairs), BATCH):
            batch = pairs[start : start + BATCH]
            inputs = tokenizer(
                [q for q, _ in batch],
                [d for _, d in batch],
                padding=True,
                truncation=True,
                max_length=512,
                return_tensors="pt",
            )
            logits.extend(model(**inputs).logits[:, 0].float().tolist())
        return logits

    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    return versions, score_sorted if order == "sorted" else score_in_order


serve(load)
