"""Makes test/fixtures/tiny-3-labels: a small random classifier of texts, and PyTorch's results for texts and pairs.

    python make_texts.py            write the fixture
    python make_texts.py --check    compute its golden again and compare; exit 1 if ids or logits differ

The tokenizer has only the first pieces of the embedded model's, as in test/support/tiny-model.ts.
"""

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

from transformers import XLMRobertaConfig

from common import write_json
from make_golden import compare, golden_of
from make_tiny import CONFIG, FIXTURES, make_weights, save

FOLDER = FIXTURES / "tiny-3-labels"
TOKENIZER = FIXTURES.parents[1] / "weights" / "mini-en-zh" / "tokenizer.json"
LABELS = ["negative", "neutral", "positive"]
SEED = 11
INPUTS = [
    {"text": ""},
    {"text": "the end"},
    {"text": "a an he in 中 e\u0301 </s> <pad>"},
    {"text": "he an in the " * 20},  # cut to the model's 39 tokens
    {"query": "he", "document": "the end"},
    {"query": "", "document": "the end"},  # the same text as a pair: other ids
]


def golden():
    """The golden of the fixture's weights; the small tokenizer is written beside them."""
    tokenizer = json.loads(TOKENIZER.read_text(encoding="utf-8"))
    size = CONFIG["vocab_size"]
    tokenizer["added_tokens"] = [token for token in tokenizer["added_tokens"] if token["id"] < size]
    tokenizer["model"]["vocab"] = tokenizer["model"]["vocab"][:size]
    with tempfile.TemporaryDirectory() as name:
        for file in ("config.json", "model.safetensors"):
            shutil.copy(FOLDER / file, name)
        write_json(Path(name) / "tokenizer.json", tokenizer)
        return golden_of(name, INPUTS)


def make():
    FOLDER.mkdir(parents=True, exist_ok=True)
    labels = {"id2label": dict(enumerate(LABELS)), "label2id": {label: i for i, label in enumerate(LABELS)}}
    write_json(FOLDER / "config.json", CONFIG | labels, indent=2)
    save(make_weights(XLMRobertaConfig.from_pretrained(FOLDER), SEED), FOLDER / "model.safetensors")
    write_json(FOLDER / "golden.json", golden())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with the committed golden instead of writing it")
    if not parser.parse_args().check:
        make()
        return
    failures = compare(golden(), json.loads((FOLDER / "golden.json").read_text(encoding="utf-8")))
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
