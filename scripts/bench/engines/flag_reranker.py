"""FlagEmbedding's FlagReranker as in its README, on the processor: flag_reranker.py MODEL THREADS"""

import sys
from importlib.metadata import version

import torch
from FlagEmbedding import FlagReranker
from protocol import serve

folder, threads = sys.argv[1:]


def load():
    torch.set_num_threads(int(threads))
    reranker = FlagReranker(folder, use_fp16=False, devices="cpu")

    def score(pairs):
        scores = reranker.compute_score(pairs)  # one pair gives one number
        return scores if isinstance(scores, list) else [scores]

    return {name: version(name) for name in ("FlagEmbedding", "torch", "transformers")}, score


serve(load)
