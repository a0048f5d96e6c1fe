"""Makes a full-size XLM-RoBERTa-base cross-encoder with random weights (1.1 GB, not committed) and its golden.

    python make_base.py --out FOLDER [--tokenizer FOLDER] [--pairs FILE] [--seed N]

The scales behave like a trained model's: logits several units apart, float32 noise near 1e-5.
"""

import argparse
import json
import resource
import shutil
import statistics
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from transformers import XLMRobertaConfig, XLMRobertaForSequenceClassification

from common import write_json
from make_golden import golden_of, read_jsonl

EMBEDDED = Path(__file__).resolve().parents[2] / "weights" / "mini-en-zh"

CONFIG = {
    "architectures": ["XLMRobertaForSequenceClassification"],
    "model_type": "xlm-roberta",
    "vocab_size": 250002,
    "hidden_size": 768,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
    "hidden_act": "gelu",
    "hidden_dropout_prob": 0.1,
    "attention_probs_dropout_prob": 0.1,
    "max_position_embeddings": 514,
    "type_vocab_size": 1,
    "layer_norm_eps": 1e-5,
    "bos_token_id": 0,
    "pad_token_id": 1,
    "eos_token_id": 2,
    "position_embedding_type": "absolute",
    "id2label": {"0": "LABEL_0"},
    "label2id": {"LABEL_0": 0},
}

# Standard deviation by the end of the parameter's name, found by trial: with smaller ones in attention its probabilities
# are so even that all pairs score alike.
SPREAD = {
    "embeddings.weight": 0.03,
    "query.weight": 0.06,
    "key.weight": 0.06,
    "value.weight": 0.06,
    "attention.output.dense.weight": 0.06,
    "intermediate.dense.weight": 0.03,
    "output.dense.weight": 0.02,
    "classifier.dense.weight": 0.036,
    "out_proj.weight": 0.25,
    "LayerNorm.weight": 0.1,
    "bias": 0.02,
}


def write_model(folder, seed):
    """config.json and model.safetensors; the weights are freed before the model is loaded."""
    write_json(folder / "config.json", CONFIG, indent=2)
    with torch.device("meta"):
        parameters = XLMRobertaForSequenceClassification(XLMRobertaConfig.from_pretrained(folder)).state_dict()
    random = np.random.default_rng(seed)
    weights = {}
    for name in sorted(parameters):
        value = random.standard_normal(parameters[name].shape, dtype=np.float32)
        value *= np.float32(next(spread for end, spread in SPREAD.items() if name.endswith(end)))
        if name.endswith("LayerNorm.weight"):
            value += 1
        weights[name] = torch.from_numpy(value)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def default_pairs(folder, count=24):
    """Pairs of the embedded model's reference, shortest to longest in even steps, without the two of 512 tokens."""
    pairs = json.loads((folder / "reference.json").read_text(encoding="utf-8"))["pairs"]
    pairs = sorted((p for p in pairs if len(p["input_ids"]) < 512), key=lambda p: len(p["input_ids"]))
    return [pairs[round(i * (len(pairs) - 1) / (count - 1))] for i in range(count)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True, type=Path, help="where to write the checkpoint and golden.json")
    parser.add_argument("--tokenizer", type=Path, default=EMBEDDED, help="folder of tokenizer.json (default: weights/mini-en-zh)")
    parser.add_argument("--pairs", help="JSONL with query and document (default: 24 pairs of the embedded model's reference)")
    parser.add_argument("--seed", type=int, default=6, help="default 6: logits -4.6 to 5.0; other seeds may spread less")
    arguments = parser.parse_args()
    started = time.monotonic()

    arguments.out.mkdir(parents=True, exist_ok=True)
    for file in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(arguments.tokenizer / file, arguments.out / file)
    write_model(arguments.out, arguments.seed)
    written = time.monotonic()
    golden = golden_of(arguments.out, read_jsonl(arguments.pairs) if arguments.pairs else default_pairs(EMBEDDED))
    golden["provenance"] |= {"seed": arguments.seed, "weights": "random, make_base.py"}
    write_json(arguments.out / "golden.json", golden)

    logits = [pair["logit_float64"] for pair in golden["pairs"]]
    lengths = [len(pair["input_ids"]) for pair in golden["pairs"]]
    print(f"{len(logits)} pairs of {min(lengths)} to {max(lengths)} tokens")
    print(f"logits {min(logits):.2f} to {max(logits):.2f}, standard deviation {statistics.stdev(logits):.2f}")
    print(f"float32 from float64: {golden['provenance']['float64_noise']:.2e}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"weights {written - started:.0f} s, all {time.monotonic() - started:.0f} s, peak memory {peak:.1f} GiB")


if __name__ == "__main__":
    main()
