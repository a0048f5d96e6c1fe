"""Reads the files that `trace` writes in Python, and compares them with what transformers reports.

    npm run build
    python scripts/reference/check_trace.py weights/mini-en-zh [FOLDER ...]

For some pairs, in .npy (numpy.load), .safetensors (safetensors) and .json: the outputs of the embeddings and of each layer
against output_hidden_states, attention probabilities against output_attentions, logits. Then the shards of a data set,
pooled in both ways, written by a run that was continued. Exits 1 if a number differs by more than LIMIT; both are float32.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open

from common import load_model

LIMIT = 1e-5
CLI = Path(__file__).parents[2] / "dist/cli/main.js"
HIDDEN = ["embeddings.LayerNorm", "encoder.layer.*.output.LayerNorm"]
PROBS = "encoder.layer.*.attention.self.probs"
PAIRS = [
    {"id": "fr", "query": "capital of France", "document": "Paris is the capital of France."},
    {"query": "熊猫吃什么", "document": "大熊猫主要以竹子为食，偶尔也吃其他植物。"},
    {"id": 7, "query": "what is panda?", "document": "hi"},
]


def trace(folder, *arguments):
    command = ["node", CLI, "trace", "--model", folder, "--quiet", *map(str, arguments)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


@torch.no_grad()
def reference(model, input_ids):
    """{activation: array without batch}, logits"""
    output = model(torch.tensor([input_ids]), output_hidden_states=True, output_attentions=True)
    names = ["embeddings.LayerNorm"] + [f"encoder.layer.{i}.output.LayerNorm" for i in range(len(output.attentions))]
    arrays = {name: hidden[0].numpy() for name, hidden in zip(names, output.hidden_states, strict=True)}
    arrays |= {f"encoder.layer.{i}.attention.self.probs": probs[0].numpy() for i, probs in enumerate(output.attentions)}
    return arrays, output.logits[0].numpy()


class Comparison:
    """The largest distance of all compared arrays; shapes and names must be the same."""

    def __init__(self):
        self.farthest, self.arrays = 0.0, 0

    def same(self, what, ours, theirs):
        assert ours.dtype == np.float32 and ours.shape == theirs.shape, f"{what}: {ours.dtype} {ours.shape}, not {theirs.shape}"
        distance = float(np.abs(ours - theirs).max())
        assert distance <= LIMIT, f"{what} is {distance} from transformers'; at most {LIMIT}"
        self.farthest, self.arrays = max(self.farthest, distance), self.arrays + 1


def check_json_and_npy(folder, model, work, seen):
    for i, pair in enumerate(PAIRS):
        text = ["--query", pair["query"], "--document", pair["document"]]
        names = [argument for name in [*HIDDEN, PROBS] for argument in ("--names", name)]
        trace(folder, *text, *names, "--out", work / f"{i}.json")
        trace(folder, *text, *names, "--out", work / f"{i}")
        told = json.loads((work / f"{i}.json").read_text(encoding="utf-8"))["pairs"][0]
        arrays, logits = reference(model, [token["id"] for token in told["tokens"]])
        seen.same("logits", np.array(told["logits"], dtype=np.float32), logits)
        assert told["activations"].keys() == arrays.keys()
        assert {file.stem for file in (work / f"{i}").glob("*.npy")} == arrays.keys()
        for name, theirs in arrays.items():
            ours = told["activations"][name]
            seen.same(f"{name} in .json", np.array(ours["data"], dtype=np.float32).reshape(ours["shape"]), theirs)
            seen.same(f"{name} in .npy", np.load(work / f"{i}" / f"{name}.npy"), theirs)


def check_safetensors(folder, model, pairs, work, seen):
    """@return the values of transformers for each pair"""
    file = work / "all.safetensors"
    trace(folder, "--input", pairs, "--names", HIDDEN[0], "--names", HIDDEN[1], "--names", PROBS, "--out", file)
    references = []
    with safe_open(file, framework="numpy") as tensors:
        told = json.loads(tensors.metadata()["pairs"])
        for i, pair in enumerate(told):
            arrays, _ = reference(model, [token["id"] for token in pair["tokens"]])
            references.append(arrays)
            for name, theirs in arrays.items():
                seen.same(f"{name} in .safetensors", tensors.get_tensor(f"pairs.{i}.{name}"), theirs)
        assert len(tensors.keys()) == sum(map(len, references))
    return references


def check_dataset(folder, pairs, references, work, seen):
    for pool in ("first", "mean"):
        out = work / pool
        settings = ["--pool", pool, "--out", out, "--shard-pairs", 2, "--names", HIDDEN[0], "--names", HIDDEN[1]]
        part = work / "part.jsonl"
        part.write_text("".join(pairs.read_text(encoding="utf-8").splitlines(keepends=True)[:2]), encoding="utf-8")
        trace(folder, "--dataset", part, *settings)
        trace(folder, "--dataset", pairs, *settings)
        index = json.loads((out / "index.json").read_text(encoding="utf-8"))
        assert index["complete"] and [shard["ids"] for shard in index["shards"]] == [["fr", 1], [7]], index["shards"]
        for shard in index["shards"]:
            with safe_open(out / shard["file"], framework="numpy") as tensors:
                assert set(tensors.keys()) == {activation["name"] for activation in index["activations"]}
                for name in tensors.keys():
                    rows = [arrays[name] for arrays in references[shard["first"] : shard["first"] + shard["pairs"]]]
                    theirs = np.stack([row[0] if pool == "first" else row.mean(axis=0) for row in rows])
                    seen.same(f"{name} pooled by {pool}", tensors.get_tensor(name), theirs)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER", help="a model")
    for folder in parser.parse_args().folders:
        model, seen = load_model(folder), Comparison()
        with tempfile.TemporaryDirectory() as temporary:
            work = Path(temporary)
            pairs = work / "pairs.jsonl"
            pairs.write_text("".join(json.dumps(pair, ensure_ascii=False) + "\n" for pair in PAIRS), encoding="utf-8")
            try:
                check_json_and_npy(folder, model, work, seen)
                references = check_safetensors(folder, model, pairs, work, seen)
                check_dataset(folder, pairs, references, work, seen)
            except AssertionError as error:
                sys.exit(f"{folder.name}: {error}")
        print(f"{folder.name}: {seen.arrays} arrays read in Python, none farther than {seen.farthest:.2g} from transformers'; at most {LIMIT}")


if __name__ == "__main__":
    main()
