"""Makes an XLM-RoBERTa cross-encoder of full size with random weights (base: 1.1 GB, not committed) and its golden.

    python make_base.py --out FOLDER [--shape base|large|v2-m3|small] [--labels NAME ...] [--problem-type TYPE]
                        [--dtype F32|F16|BF16] [--shards N] [--bare] [--extras] [--long TOKENS] [--count N]
                        [--tokenizer FOLDER] [--pairs FILE] [--seed N]

The shapes are those of BAAI's bge-reranker-base, -large and -v2-m3; small has the family's layers at a fraction of the
width. The scales behave like a trained model's: logits several units apart, float32 noise near 1e-5.
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
from tokenizers import Tokenizer
from transformers import XLMRobertaConfig, XLMRobertaForSequenceClassification

from common import write_json
from make_golden import golden_of, read_jsonl

EMBEDDED = Path(__file__).resolve().parents[2] / "weights" / "mini-en-zh"

# The differences of a shape from CONFIG. In "small" all sizes differ, and the vocabulary is the embedded tokenizer's.
SHAPES = {
    "base": {},
    "large": {"hidden_size": 1024, "num_hidden_layers": 24, "num_attention_heads": 16, "intermediate_size": 4096},
    "small": {"hidden_size": 120, "num_hidden_layers": 3, "num_attention_heads": 5, "intermediate_size": 480, "vocab_size": 28000},
}
SHAPES["v2-m3"] = SHAPES["large"] | {"max_position_embeddings": 8194}

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

# Standard deviation by the end of the parameter's name, found by trial. Tokens must stay distinct: if attention's output
# outweighs what it is added to, all tokens of a pair are the same after six layers, attention is uniform, and rounding
# errors no longer cancel out.
SPREAD = {
    "embeddings.weight": 0.03,
    "query.weight": 0.09,
    "key.weight": 0.09,
    "value.weight": 0.03,
    "attention.output.dense.weight": 0.015,
    "intermediate.dense.weight": 0.06,
    "output.dense.weight": 0.025,
    "classifier.dense.weight": 0.036,
    "out_proj.weight": 0.25,
    "LayerNorm.weight": 0.1,
    "bias": 0.02,
}
SPREAD_OF_POOLER = 0.02
DTYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


LEAST_DISTANCE = 0.02

# For matrices, because sums over fewer inputs would be smaller.
NOT_MATRICES = ("embeddings.weight", "LayerNorm.weight", "bias")


def make_config(shape, labels, problem_type):
    config = CONFIG | SHAPES[shape]
    config |= {"id2label": {str(i): label for i, label in enumerate(labels)}, "label2id": {label: i for i, label in enumerate(labels)}}
    return config | ({"problem_type": problem_type} if problem_type else {})


def write_model(folder, config, seed, dtype, shards, bare, extras):
    """config.json and the weights; they are freed before the model is loaded."""
    write_json(folder / "config.json", config, indent=2)
    with torch.device("meta"):
        parameters = XLMRobertaForSequenceClassification(XLMRobertaConfig.from_pretrained(folder)).state_dict()
    shapes = {name: parameters[name].shape for name in sorted(parameters)}
    hidden = config["hidden_size"]
    if extras:  # tensors that old versions of transformers also saved, and no classifier reads
        shapes |= {"roberta.pooler.dense.weight": (hidden, hidden), "roberta.pooler.dense.bias": (hidden,)}
    random = np.random.default_rng(seed)
    weights = {}
    for name, shape in shapes.items():
        value = random.standard_normal(shape, dtype=np.float32)
        spread = SPREAD_OF_POOLER if "pooler" in name else next(spread for end, spread in SPREAD.items() if name.endswith(end))
        value *= np.float32(spread if name.endswith(NOT_MATRICES) else spread * (CONFIG["hidden_size"] / hidden) ** 0.5)
        if name.endswith("LayerNorm.weight"):
            value += 1
        weights[name] = torch.from_numpy(value).to(DTYPES[dtype])
    if extras:
        positions = torch.arange(config["max_position_embeddings"])[None]
        weights |= {"roberta.embeddings.position_ids": positions, "roberta.embeddings.token_type_ids": torch.zeros_like(positions)}
    if bare:
        weights = {name.removeprefix("roberta."): value for name, value in weights.items()}
    save(weights, folder, shards)


def save(weights, folder, shards):
    """One file, or shards of about the same size with their index."""
    if shards == 1:
        save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
        return
    total = sum(value.nbytes for value in weights.values())
    parts, done = [{} for _ in range(shards)], 0
    for name, value in weights.items():
        parts[min(done * shards // total, shards - 1)][name] = value
        done += value.nbytes
    weight_map = {}
    for i, part in enumerate(filter(None, parts)):
        file = f"model-{i + 1:05}-of-{len(list(filter(None, parts))):05}.safetensors"
        save_file(part, folder / file, metadata={"format": "pt"})
        weight_map |= dict.fromkeys(part, file)
    write_json(folder / "model.safetensors.index.json", {"metadata": {"total_size": total}, "weight_map": weight_map}, indent=2)


def write_tokenizer(folder, source, longest):
    """The tokenizer; pairs are limited to the number of the model's positions."""
    shutil.copyfile(source / "tokenizer.json", folder / "tokenizer.json")
    settings = json.loads((source / "tokenizer_config.json").read_text(encoding="utf-8"))
    write_json(folder / "tokenizer_config.json", settings | {"model_max_length": longest}, indent=2)


def assert_tokens_differ(folder, input_ids):
    """Prints how similar a pair's tokens are after each layer, and over how many of them attention is spread."""
    model = XLMRobertaForSequenceClassification.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    with torch.no_grad():
        seen = model(torch.tensor([input_ids]), output_hidden_states=True, output_attentions=True)
    count = len(input_ids)
    distances, keys = [], []
    for states, probs in zip(seen.hidden_states[1:], seen.attentions):
        directions = torch.nn.functional.normalize(states[0], dim=1)
        distances.append(1 - ((directions @ directions.T).sum().item() - count) / (count * (count - 1)))
        keys.append(torch.exp(-torch.xlogy(probs[0], probs[0]).sum(-1)).mean().item())
    print(
        f"tokens of a pair of {count}: 1 - cosine {min(distances):.3f} to {max(distances):.3f} by layer; "
        f"attention spread over {min(keys):.0f} to {max(keys):.0f}"
    )
    if min(distances) < LEAST_DISTANCE:
        raise SystemExit("All tokens of a pair are nearly the same: such a model says nothing about parity. Change SPREAD.")


def long_pair(pairs, tokens, folder):
    """One pair of nearly this many tokens: the longest documents joined, repeatedly."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    texts = " ".join(pair["document"] for pair in sorted(pairs, key=lambda pair: -len(pair["document"])))
    query = pairs[0]["query"]
    room = tokens - len(tokenizer.encode(query, "").ids)
    document = texts
    while len(tokenizer.encode(document, add_special_tokens=False).ids) < room:
        document += " " + document
    end = tokenizer.encode(document, add_special_tokens=False).offsets[room - 1][1]
    return {"query": query, "document": document[:end]}


def default_pairs(folder, count):
    """Pairs of the embedded model's reference, shortest to longest in even steps, without the two of 512 tokens."""
    pairs = json.loads((folder / "reference.json").read_text(encoding="utf-8"))["pairs"]
    pairs = sorted((p for p in pairs if len(p["input_ids"]) < 512), key=lambda p: len(p["input_ids"]))
    return [pairs[round(i * (len(pairs) - 1) / (count - 1))] for i in range(count)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True, type=Path, help="where to write the checkpoint and golden.json")
    parser.add_argument("--shape", choices=SHAPES, default="base", help="default base")
    parser.add_argument("--labels", nargs="+", default=["LABEL_0"], metavar="NAME", help="one: a reranker; several: a classifier")
    parser.add_argument("--problem-type", choices=["single_label_classification", "multi_label_classification", "regression"])
    parser.add_argument("--dtype", choices=DTYPES, default="F32", help="of the weights in the file")
    parser.add_argument("--shards", type=int, default=1, help="files that the weights are spread over")
    parser.add_argument("--bare", action="store_true", help='names without "roberta."')
    parser.add_argument("--extras", action="store_true", help="buffers and a pooler, which the model does not read")
    parser.add_argument("--long", type=int, metavar="TOKENS", help="one more pair, with about this many tokens")
    parser.add_argument("--count", type=int, default=24, help="pairs of the embedded model's reference (default 24)")
    parser.add_argument("--tokenizer", type=Path, default=EMBEDDED, help="folder of tokenizer.json (default: weights/mini-en-zh)")
    parser.add_argument("--pairs", help="JSONL with query and document (default: pairs of the embedded model's reference)")
    parser.add_argument("--seed", type=int, default=6, help="default 6")
    arguments = parser.parse_args()
    started = time.monotonic()

    arguments.out.mkdir(parents=True, exist_ok=True)
    config = make_config(arguments.shape, arguments.labels, arguments.problem_type)
    write_tokenizer(arguments.out, arguments.tokenizer, config["max_position_embeddings"] - config["pad_token_id"] - 1)
    write_model(arguments.out, config, arguments.seed, arguments.dtype, arguments.shards, arguments.bare, arguments.extras)
    written = time.monotonic()
    pairs = read_jsonl(arguments.pairs) if arguments.pairs else default_pairs(EMBEDDED, arguments.count)
    if arguments.long:
        pairs.append(long_pair(pairs, arguments.long, arguments.out))
    golden = golden_of(arguments.out, pairs)
    golden["provenance"] |= {"seed": arguments.seed, "weights": "random, make_base.py"}
    write_json(arguments.out / "golden.json", golden)

    logits = [logit for pair in golden["pairs"] for logit in pair.get("logits_float64") or [pair["logit_float64"]]]
    lengths = [len(pair["input_ids"]) for pair in golden["pairs"]]
    print(f"{len(lengths)} pairs of {min(lengths)} to {max(lengths)} tokens")
    print(f"logits {min(logits):.2f} to {max(logits):.2f}, standard deviation {statistics.stdev(logits):.2f}")
    print(f"float32 from float64: {golden['provenance']['float64_noise']:.2e}")
    assert_tokens_differ(arguments.out, max((p["input_ids"] for p in golden["pairs"] if len(p["input_ids"]) <= 512), key=len))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"weights {written - started:.0f} s, all {time.monotonic() - started:.0f} s, peak memory {peak:.1f} GiB")


if __name__ == "__main__":
    main()
