"""Compares this project's attributions with those of captum over PyTorch autograd: same weights, baseline, steps.

    npm run build
    python scripts/reference/check_attribution.py weights/mini-en-zh --golden weights/mini-en-zh/reference.json [--backend wasm]

captum computes in float64, over a few of the golden's shorter pairs: IntegratedGradients (gausslegendre) with the word embedding of
<pad> for the texts' tokens and their own for <s> and </s>, InputXGradient, FeatureAblation of words by <mask>. Exits 1 if
an attribution differs from captum's by more than 1e-3 of the largest of its pair.
"""

import argparse
import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from captum.attr import FeatureAblation, InputXGradient, IntegratedGradients

from common import load_model

ATTRIBUTE = Path(__file__).with_name("attribute-lines.mjs")
TOLERANCE = 1e-3
AT_ONCE = 8  # points of a line in one batch of captum


def ours(folder, backend, requests):
    with tempfile.TemporaryFile("w+", encoding="ascii") as lines:
        lines.writelines(json.dumps(request) + "\n" for request in requests)
        lines.seek(0)
        output = subprocess.run(["node", ATTRIBUTE, folder, backend], stdin=lines, stdout=subprocess.PIPE, check=True, text=True).stdout
    return [json.loads(line) for line in output.splitlines()]


class Reference:
    """captum over one model."""

    def __init__(self, folder):
        self.model = load_model(folder, torch.float64)
        self.pad = self.model.config.pad_token_id
        added = json.loads((Path(folder) / "tokenizer.json").read_text(encoding="utf-8"))["added_tokens"]
        self.mask = next(token["id"] for token in added if token["content"] == "<mask>")

    def from_embeddings(self, embeddings):
        """Logits of word embeddings [batch, seq, hidden]; positions as in a sequence without <pad>."""
        positions = torch.arange(embeddings.shape[1])[None].expand(embeddings.shape[0], -1) + self.pad + 1
        return self.model(inputs_embeds=embeddings, position_ids=positions).logits[:, 0]

    def from_ids(self, ids):
        return self.model(ids).logits[:, 0]

    def embed(self, ids):
        return self.model.get_input_embeddings()(ids).detach()

    def integrated_gradients(self, answer, steps):
        ids = torch.tensor([answer["input_ids"]])
        baseline = torch.where(torch.tensor([answer["special"]]), ids, self.pad)
        return IntegratedGradients(self.from_embeddings).attribute(
            self.embed(ids), baselines=self.embed(baseline), n_steps=steps, method="gausslegendre", internal_batch_size=AT_ONCE
        ).sum(-1)[0]

    def gradient_x_input(self, answer, _):
        return InputXGradient(self.from_embeddings).attribute(self.embed(torch.tensor([answer["input_ids"]])).requires_grad_()).sum(-1)[0]

    @torch.no_grad()
    def occlusion(self, answer, _):
        ids = torch.tensor([answer["input_ids"]])
        groups = torch.full_like(ids, len(answer["words"]))  # tokens outside words are one more group, left out below
        for number, word in enumerate(answer["words"]):
            groups[0, word] = number
        losses = FeatureAblation(self.from_ids).attribute(ids, baselines=self.mask, feature_mask=groups)[0]
        share = torch.zeros(ids.shape[1], dtype=torch.float64)
        for word in answer["words"]:
            share[word] = losses[word].to(torch.float64) / len(word)
        return share


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--golden", type=Path, required=True, help="whose texts are taken, from the shortest third")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--steps", type=int, default=32)
    parser.add_argument("--backend", default="wasm")
    arguments = parser.parse_args()

    golden = json.loads(arguments.golden.read_text(encoding="utf-8"))["pairs"]
    pairs = [pair for pair in golden if pair.get("query", "").strip() and pair.get("document", "").strip()]
    pairs = sorted(pairs, key=lambda pair: len(pair["input_ids"]))[: len(pairs) // 3]  # captum in float64 is slow
    chosen = [pairs[i * len(pairs) // arguments.pairs] for i in range(min(arguments.pairs, len(pairs)))]
    methods = {
        "integrated_gradients": {"steps": arguments.steps, "baseline": "pair"},
        "gradient_x_input": {},
        "occlusion": {"replacement": "mask"},
    }
    requests = [
        {"query": pair["query"], "document": pair["document"], "options": {"method": method, **options}}
        for method, options in methods.items()
        for pair in chosen
    ]
    torch.set_num_threads(1)  # the products are small, and waiting threads would cost more than they gain
    reference = Reference(arguments.folder)
    worst = dict.fromkeys(methods, 0.0)
    for answer in ours(arguments.folder, arguments.backend, requests):
        method = answer["method"]
        expected = getattr(reference, method)(answer, arguments.steps)
        largest = expected.abs().max().item()
        distance = (expected - torch.tensor(answer["tokens"], dtype=torch.float64)).abs().max().item()
        error = distance / largest if largest > 0 else distance  # a pair of empty texts has only zeros
        worst[method] = math.inf if math.isnan(error) else max(worst[method], error)
    for method, error in worst.items():
        print(f"{method}: {len(chosen)} pairs, {error:.1e} of the largest attribution from captum's; at most {TOLERANCE:.0e}")
    failed = sum(error > TOLERANCE for error in worst.values())
    print(f"{len(worst) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
