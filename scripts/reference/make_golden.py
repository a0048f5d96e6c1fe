"""The results of PyTorch for a local checkpoint: token ids and logits, float32 (eager) and float64, pair by pair.

    python make_golden.py --model FOLDER --pairs FILE.jsonl --out golden.json    lines {"query": ..., "document": ...},
                                                                                 or {"text": ...}: a single text
    python make_golden.py --model FOLDER --golden FILE                           compute that file's pairs again; exit 1
                                                                                 if its ids or logits differ
"""

import argparse
import json
import sys
import time
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer

from activations import capture
from common import load_model, logits_of, sha256_of, versions, write_json

FLOAT32_LIMIT = 2e-5  # another processor adds in another order
FLOAT64_LIMIT = 1e-9


def load_tokenizer(folder):
    """tokenizer.json with longest_first truncation on the side of the model's configuration, to a total with special tokens."""
    config = json.loads((Path(folder) / "config.json").read_text(encoding="utf-8"))
    longest = config["max_position_embeddings"] - config.get("pad_token_id", 1) - 1
    file = Path(folder) / "tokenizer_config.json"
    settings = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    longest = min(longest, settings.get("model_max_length", longest))
    tokenizer = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
    tokenizer.no_padding()
    side = settings.get("truncation_side", "right")
    tokenizer.enable_truncation(int(longest), strategy="longest_first", direction=side)
    return tokenizer


def golden_of(folder, pairs, activations_folder=None):
    """The golden of these pairs {"query", "document"} and texts {"text"}. One model in memory: float32, then widened in place."""
    tokenizer = load_tokenizer(folder)
    entries = []
    for pair in pairs:
        texts = {key: pair[key] for key in (("query", "document") if "query" in pair else ("text",))}
        entries.append(texts | {"input_ids": tokenizer.encode(*texts.values()).ids})
    model = load_model(folder)
    key = "logit" if model.config.num_labels == 1 else "logits"
    for dtype, suffix in ((torch.float32, ""), (torch.float64, "_float64")):
        model = model.to(dtype)
        for i, entry in enumerate(entries):
            if activations_folder:
                file = activations_folder / f"{i}.{str(dtype).removeprefix('torch.')}.safetensors"
                logits = save_activations(model, entry, file)
            else:
                logits = logits_of(model, [entry["input_ids"]], [len(entry["input_ids"])])[0]
            entry[key + suffix] = logits[0] if key == "logit" else logits
    provenance = {
        "model_sha256": sha256_of(folder),
        **versions(),
        "dtype": "float32 (F16 and BF16 weights widened) and float64",
        "attention": "eager",
        "float64_noise": max(distance(entry[key], entry[key + "_float64"]) for entry in entries),
        "how": f"one pair at a time, truncation longest_first at {tokenizer.truncation['max_length']}",
    }
    return {"provenance": provenance, "tolerance": 5e-5, "pairs": entries}


def save_activations(model, entry, file):
    """Writes every activation of one pair, adds its name to the entry, returns the logits."""
    activations = capture(model, [entry["input_ids"]], [len(entry["input_ids"])])
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file(activations, file, metadata={"format": "pt"})
    dtype = file.name.split(".")[1]
    entry.setdefault("activations", {})[dtype] = f"{file.parent.name}/{file.name}"
    return activations["classifier.out_proj"][0].tolist()


def distance(a, b):
    return float((torch.tensor(a, dtype=torch.float64) - torch.tensor(b, dtype=torch.float64)).abs().max())


def compare(live, file):
    """Prints the largest differences; returns the number of values out of bounds."""
    noise = file["provenance"].get("float64_noise", 0)
    limits = {"": max(FLOAT32_LIMIT, 2 * noise), "_float64": FLOAT64_LIMIT}
    failures = 0
    theirs_sha = file["provenance"].get("model_sha256")
    if theirs_sha and theirs_sha != live["provenance"]["model_sha256"]:
        print(f"the golden is of another model: sha256 {theirs_sha}, here {live['provenance']['model_sha256']}")
        failures += 1
    worst = {}
    for i, (ours, theirs) in enumerate(zip(live["pairs"], file["pairs"], strict=True)):
        if ours["input_ids"] != theirs["input_ids"]:
            print(f"pair {i}: token ids differ")
            failures += 1
        for key in [key for key in ours if key.startswith("logit")]:
            if key not in theirs and key.endswith("_float64"):
                continue  # optional in the format
            apart = distance(ours[key], theirs[key])
            worst[key] = max(worst.get(key, 0), apart)
            limit = limits["_float64" if key.endswith("_float64") else ""]
            if not apart <= limit:
                print(f"pair {i}: {key} {theirs[key]} in the file, {ours[key]} here: {apart:.2e} apart, allowed {limit:.1e}")
                failures += 1
    for key, apart in worst.items():
        print(f"{key}: largest difference {apart:.2e} over {len(file['pairs'])} pairs")
    print(f"float32 from float64 here: {live['provenance']['float64_noise']:.2e}; {failures} out of bounds")
    return failures


def read_jsonl(path):
    lines = Path(path).read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines if line.strip()]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="folder with config.json, tokenizer.json and safetensors")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--pairs", help="JSONL with query and document, or with text")
    source.add_argument("--golden", help="a golden to check against PyTorch")
    parser.add_argument("--out", help="where to write the golden")
    parser.add_argument("--activations", action="store_true", help="also write every activation beside --out (large)")
    arguments = parser.parse_args()
    if arguments.pairs and not arguments.out:
        parser.error("--pairs needs --out")
    if arguments.activations and not arguments.out:
        parser.error("--activations needs --out")

    started = time.monotonic()
    file = json.loads(Path(arguments.golden).read_text(encoding="utf-8")) if arguments.golden else None
    pairs = file["pairs"] if file else read_jsonl(arguments.pairs)
    out = Path(arguments.out) if arguments.out else None
    live = golden_of(arguments.model, pairs, out.with_suffix(".activations") if arguments.activations else None)
    if out:
        write_json(out, live)
    failures = compare(live, file) if file else 0
    print(f"{len(pairs)} pairs in {time.monotonic() - started:.0f} s")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
