"""The cross-encoder to train, from a folder with config.json, tokenizer.json and model.safetensors."""

import json
import sys

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import XLMRobertaConfig, XLMRobertaForSequenceClassification

QUERY_TOKENS = 48
TEXT_TOKENS = 192


def load_config(folder):
    path = folder / "config.json"
    if not path.exists():
        sys.exit(f"{path} is missing: the folder that training starts from holds config.json, tokenizer.json and model.safetensors")
    settings = json.loads(path.read_text(encoding="utf-8"))
    for name in ("model_type", "architectures", "torch_dtype", "dtype", "transformers_version"):
        settings.pop(name, None)
    config = XLMRobertaConfig(**settings)
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0.0
    config.num_labels = 1
    return config


class Student:
    def __init__(self, folder, weights=None, device="cpu"):
        self.device = torch.device(device)
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        self.model = XLMRobertaForSequenceClassification(load_config(folder))
        state = load_file(weights or folder / "model.safetensors")
        self.model.load_state_dict({name: tensor.float() for name, tensor in state.items()})
        self.model.to(self.device).train()  # dropout is 0
        self.pad = self.model.config.pad_token_id
        self.pieces = {}

    def ids_of(self, text, limit):
        if text not in self.pieces:
            self.pieces[text] = self.tokenizer.encode(text, add_special_tokens=False).ids
        return self.pieces[text][:limit]

    def sequence(self, query, text):
        """<s> query </s></s> text </s>"""
        return [0, *self.ids_of(query, QUERY_TOKENS), 2, 2, *self.ids_of(text, TEXT_TOKENS), 2]

    def logits(self, sequences, budget):
        """One logit for each sequence. Sequences of similar length share a batch of at most `budget` padded tokens."""
        order = sorted(range(len(sequences)), key=lambda i: len(sequences[i]))
        batches = [[]]
        for i in order:
            if batches[-1] and (len(batches[-1]) + 1) * len(sequences[i]) > budget:
                batches.append([])
            batches[-1].append(i)
        parts = [self.forward([sequences[i] for i in batch]) for batch in batches]
        places = torch.tensor([i for batch in batches for i in batch], device=self.device)
        return torch.empty(len(sequences), device=self.device).index_put((places,), torch.cat(parts))

    def forward(self, sequences):
        ids = torch.full((len(sequences), max(map(len, sequences))), self.pad)
        for row, sequence in zip(ids, sequences):
            row[: len(sequence)] = torch.tensor(sequence)
        ids = ids.to(self.device)
        # bfloat16 is emulated on processors without its instructions: twenty times slower than float32.
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            return self.model(ids, attention_mask=(ids != self.pad).long()).logits.float().view(-1)
