"""Functions that these scripts share: loading, one forward pass, hashing, writing."""

import hashlib
import json
import platform
from pathlib import Path

import tokenizers
import torch
import transformers
from transformers import XLMRobertaForSequenceClassification

from activations import mask_from_lengths

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()


def load_model(folder, dtype=torch.float32):
    """Eager attention, no dropout; F16 and BF16 weights are widened. Every weight must be in the file."""
    model, info = XLMRobertaForSequenceClassification.from_pretrained(
        folder, dtype=dtype, attn_implementation="eager", local_files_only=True, output_loading_info=True
    )
    for problem in ("missing_keys", "mismatched_keys"):
        assert not info[problem], f"{folder}: {problem} {info[problem]}"
    return model.eval()


@torch.no_grad()
def logits_of(model, input_ids, lengths):
    """[batch][labels], as Python numbers."""
    ids = torch.tensor(input_ids)
    return model(ids, attention_mask=mask_from_lengths(lengths, ids.shape[1])).logits.tolist()


def sha256_of(folder):
    """The hash of model.safetensors, or of all shards one after the other."""
    digest = hashlib.sha256()
    for file in sorted(Path(folder).glob("model*.safetensors")):
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def versions():
    return {
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "tokenizers": tokenizers.__version__,
        "python": platform.python_version(),
    }


def write_json(path, value, indent=None):
    """Small JSON in UTF-8: numbers as Python prints them, so that float64 values are read back bit for bit."""
    separators = (",", ":") if indent is None else None
    Path(path).write_text(json.dumps(value, ensure_ascii=False, indent=indent, separators=separators) + "\n", encoding="utf-8")
