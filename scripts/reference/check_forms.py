"""The results of transformers for the tiny random model in every form that checkpoints have.

    python check_forms.py FOLDER --out FILE       the golden of the forms in FOLDER, test/fixtures/checkpoint-forms.json
    python check_forms.py FOLDER --golden FILE    compute it again; exit 1 if it differs beyond float noise

FOLDER has a model folder for each form, and pairs.json. test/engine/checkpoint-forms.parity.test.ts writes them and, with
REFERENCE_PYTHON, runs this script. Each model is loaded by AutoModelForSequenceClassification, as a user loads it, in
float64, to which all dtypes of a file convert exactly; its ids are those of tokenizer.json, cut as tokenizer_config.json says.
"""

import argparse
import json
import sys
from pathlib import Path

import torch
import transformers
from transformers import AutoModelForSequenceClassification, XLMRobertaTokenizer

from common import versions, write_json
from make_golden import load_tokenizer

LIMIT = 1e-9


def encode(folder, query, document):
    if (folder / "tokenizer.json").exists():
        return load_tokenizer(folder).encode(query, document).ids
    return XLMRobertaTokenizer.from_pretrained(folder)(query, document).input_ids


@torch.no_grad()
def run(folder, pairs):
    model, info = AutoModelForSequenceClassification.from_pretrained(
        folder, dtype=torch.float64, attn_implementation="eager", output_loading_info=True, trust_remote_code=False
    )
    for problem in ("missing_keys", "mismatched_keys"):
        assert not info[problem], f"{folder}: {problem} {info[problem]}"
    model.eval()
    ids = [encode(folder, pair["query"], pair["document"]) for pair in pairs]
    return {"input_ids": ids, "logits": [model(torch.tensor([row])).logits[0].tolist() for row in ids]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--out", type=Path)
    what.add_argument("--golden", type=Path)
    arguments = parser.parse_args()
    transformers.logging.set_verbosity_error()
    pairs = json.loads((arguments.folder / "pairs.json").read_text(encoding="utf-8"))
    forms = {folder.name: run(folder, pairs) for folder in sorted(arguments.folder.iterdir()) if folder.is_dir()}
    if arguments.out:
        write_json(arguments.out, {"provenance": versions(), "pairs": pairs, "forms": forms})
        return
    golden = json.loads(arguments.golden.read_text(encoding="utf-8"))
    wrong = sorted(set(forms) ^ set(golden["forms"]))
    for name in set(forms) & set(golden["forms"]):
        theirs = golden["forms"][name]
        apart = (torch.tensor(forms[name]["logits"]) - torch.tensor(theirs["logits"])).abs().max().item()
        if forms[name]["input_ids"] != theirs["input_ids"] or not apart <= LIMIT:
            wrong.append(f"{name}: {apart:.1e} apart")
    print(f"{len(forms)} forms, {len(wrong)} differ from the golden", *wrong, sep="\n  ")
    sys.exit(1 if wrong or golden["pairs"] != pairs else 0)


if __name__ == "__main__":
    main()
