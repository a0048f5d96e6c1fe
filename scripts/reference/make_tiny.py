"""Makes test/fixtures/tiny and tiny-5-labels: a small random XLM-RoBERTa with every activation in float32 and float64.

    python make_tiny.py            write the fixtures
    python make_tiny.py --check    compute them again and compare; exit 1 if they differ beyond float noise
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from transformers import XLMRobertaConfig, XLMRobertaForSequenceClassification

from activations import activation_names, capture
from common import load_model, logits_of, sha256_of, versions, write_json

FIXTURES = Path(__file__).resolve().parents[2] / "test" / "fixtures"
TOLERANCE = {"activations": 5e-6, "logits": 1e-5}

# All sizes differ, so that a wrong axis is noticed; the epsilon is unusual, so that a wrong one is noticed.
CONFIG = {
    "architectures": ["XLMRobertaForSequenceClassification"],
    "model_type": "xlm-roberta",
    "vocab_size": 97,
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "intermediate_size": 40,
    "hidden_act": "gelu",
    "hidden_dropout_prob": 0.1,
    "attention_probs_dropout_prob": 0.1,
    "max_position_embeddings": 41,
    "type_vocab_size": 1,
    "layer_norm_eps": 3e-4,
    "bos_token_id": 0,
    "pad_token_id": 1,
    "eos_token_id": 2,
    "position_embedding_type": "absolute",
}
MODELS = {
    "tiny": {"seed": 23, "labels": ["LABEL_0"], "with_activations": True},
    # It differs only in the last Linear, so logits are enough.
    "tiny-5-labels": {"seed": 7, "labels": ["off topic", "weak", "partial", "good", "exact"], "with_activations": False},
}

# Spread of the random numbers by the end of the parameter's name, so that attention is far from uniform, GELU is where the
# tanh form differs, logits are several units apart, and few activations are over 5: then float32 noise stays near 1e-6.
SPREAD = {
    "word_embeddings.weight": 0.5,
    "position_embeddings.weight": 0.4,
    "token_type_embeddings.weight": 0.3,
    "self.query.weight": 0.33,
    "self.key.weight": 0.33,
    "self.value.weight": 0.3,
    "attention.output.dense.weight": 0.3,
    "intermediate.dense.weight": 0.33,
    "output.dense.weight": 0.3,
    "classifier.dense.weight": 0.4,
    "out_proj.weight": 1.0,
    "LayerNorm.weight": 0.12,
    "bias": 0.15,
}
LAYER_NORM_CENTRE = 0.6

# Each batch is one forward pass. The long pair has its own, because padding the others to its length would take 2 MB.
BATCHES = {
    "padded": [
        [0, 17, 42, 8, 2, 2, 91, 5, 63, 28, 74, 10, 2],
        [0, 2, 2, 2],  # empty query, empty document
        [0, 33, 1, 56, 2, 2, 1, 12, 2],  # literal <pad> as text: the mask keeps it, positions treat it as padding
        [0, 96, 3, 2, 2, 42, 42, 17, 80, 69, 2],
    ],
    "longest": [[0, *range(4, 17), 2, 2, *range(90, 68, -1), 2]],
}


def make_weights(config, seed):
    """Every parameter random, including the rows of <pad>. From NumPy, so that they are the same on every machine."""
    random = np.random.default_rng(seed)
    shapes = {name: value.shape for name, value in XLMRobertaForSequenceClassification(config).state_dict().items()}
    weights = {}
    for name in sorted(shapes):
        spread = next(value for end, value in SPREAD.items() if name.endswith(end))
        centre = LAYER_NORM_CENTRE if name.endswith("LayerNorm.weight") else 0.0
        weights[name] = torch.from_numpy((centre + spread * random.standard_normal(shapes[name])).astype(np.float32))
    return weights


def save(tensors, path):
    save_file(tensors, path, metadata={"format": "pt"})
    path.chmod(0o644)


def pad(pairs):
    seq = max(map(len, pairs))
    return [pair + [CONFIG["pad_token_id"]] * (seq - len(pair)) for pair in pairs], [len(pair) for pair in pairs]


def run(folder):
    """{batch: {dtype: {"activations", "logits", "alone"}}} of the checkpoint in the folder."""
    results = {}
    for dtype in ("float32", "float64"):
        model = load_model(folder, getattr(torch, dtype))
        for batch, pairs in BATCHES.items():
            activations = capture(model, *pad(pairs))
            results.setdefault(batch, {})[dtype] = {
                "activations": activations,
                "logits": activations["classifier.out_proj"].tolist(),
                "alone": [logits_of(model, [pair], [len(pair)])[0] for pair in pairs],
            }
    return results


def distance(a, b):
    return float((torch.as_tensor(a, dtype=torch.float64) - torch.as_tensor(b, dtype=torch.float64)).abs().max())


def noise_of(results):
    """The largest distance of float32 from float64, by activation."""
    return {
        name: max(distance(r["float32"]["activations"][name], r["float64"]["activations"][name]) for r in results.values())
        for name in activation_names(CONFIG["num_hidden_layers"])
    }


def make(name, seed, labels, with_activations):
    folder = FIXTURES / name
    folder.mkdir(parents=True, exist_ok=True)
    id2label = {str(i): label for i, label in enumerate(labels)}
    config = CONFIG | {"id2label": id2label, "label2id": {label: i for i, label in enumerate(labels)}}
    write_json(folder / "config.json", config, indent=2)
    save(make_weights(XLMRobertaConfig.from_pretrained(folder), seed), folder / "model.safetensors")

    results = run(folder)
    batches = []
    for batch, pairs in BATCHES.items():
        input_ids, lengths = pad(pairs)
        result = results[batch]
        entry = {
            "name": batch,
            "input_ids": input_ids,
            "lengths": lengths,
            "logits": result["float32"]["logits"],
            "logits_float64": result["float64"]["logits"],
            "alone": {"logits": result["float32"]["alone"], "logits_float64": result["float64"]["alone"]},
        }
        if with_activations:
            entry["activations"] = {dtype: f"{batch}.{dtype}.safetensors" for dtype in result}
            for dtype, file in entry["activations"].items():
                save(result[dtype]["activations"], folder / file)
        batches.append(entry)
    provenance = versions() | {
        "model_sha256": sha256_of(folder),
        "seed": seed,
        "how": "make_tiny.py: eager attention, one forward pass a batch; alone: each pair unpadded",
    }
    golden = {"provenance": provenance, "tolerance": TOLERANCE, "float32_noise": noise_of(results), "batches": batches}
    write_json(folder / "golden.json", golden)
    summary(name, results)


def check(name, seed, labels, with_activations):
    """The number of differences between the committed fixture and PyTorch's results here."""
    folder = FIXTURES / name
    golden = json.loads((folder / "golden.json").read_text(encoding="utf-8"))
    config = XLMRobertaConfig.from_pretrained(folder)
    failures = []

    def near(what, ours, theirs, limit):
        if not (apart := distance(ours, theirs)) <= limit:
            failures.append(f"{what}: {apart:.2e} apart, allowed {limit:.0e}")

    if list(config.id2label.values()) != labels:
        failures.append("config.json has other labels than this script")
    if golden["provenance"]["model_sha256"] != sha256_of(folder):
        failures.append("model.safetensors is not the one of golden.json")
    committed = load_file(folder / "model.safetensors")
    for key, value in make_weights(config, seed).items():
        near(key, value, committed[key], 1e-7)
    results = run(folder)
    if [batch["name"] for batch in golden["batches"]] != list(BATCHES):
        failures.append("golden.json has other batches than this script")
    for batch in golden["batches"]:
        if (batch["input_ids"], batch["lengths"]) != pad(BATCHES[batch["name"]]):
            failures.append(f"{batch['name']}: other inputs than this script's")
        for dtype, limit, suffix in (("float32", 4e-6, ""), ("float64", 1e-12, "_float64")):
            ours = results[batch["name"]][dtype]
            if with_activations:
                theirs = load_file(folder / batch["activations"][dtype])
                if set(theirs) != set(ours["activations"]):
                    failures.append(f"{batch['name']} {dtype}: other names than this script's")
                for key in set(theirs) & set(ours["activations"]):
                    near(f"{batch['name']} {dtype} {key}", ours["activations"][key], theirs[key], limit)
            near(f"{batch['name']} logits{suffix}", ours["logits"], batch[f"logits{suffix}"], 2 * limit)
            near(f"{batch['name']} alone.logits{suffix}", ours["alone"], batch["alone"][f"logits{suffix}"], 2 * limit)
    print(f"{name}: {len(committed)} weights, {len(golden['batches'])} batches, {len(failures)} differences")
    for failure in failures:
        print(f"  {failure}")
    return len(failures)


def summary(name, results):
    noise = noise_of(results)
    alone = max(distance(d["logits"], d["alone"]) for r in results.values() for d in r.values())
    size = sum(file.stat().st_size for file in (FIXTURES / name).iterdir())
    print(f"{name}: {size} bytes; batch against alone {alone:.1e}")
    for key, value in noise.items():
        largest = max(float(r["float64"]["activations"][key].abs().max()) for r in results.values())
        print(f"  {key:45} float32 noise {value:.1e}   largest value {largest:.2f}")
    print("  logits", [[round(x, 3) for x in row] for r in results.values() for row in r["float32"]["logits"]])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with the committed fixtures instead of writing them")
    arguments = parser.parse_args()
    if arguments.check:
        sys.exit(1 if sum(check(name, **model) for name, model in MODELS.items()) else 0)
    for name, model in MODELS.items():
        make(name, **model)


if __name__ == "__main__":
    main()
