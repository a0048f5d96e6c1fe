"""sentence-transformers' CrossEncoder with its defaults, on the processor: cross_encoder.py MODEL THREADS"""

import sys
from importlib.metadata import version

import torch
from protocol import serve
from sentence_transformers import CrossEncoder

folder, threads = sys.argv[1:]


def load():
    torch.set_num_threads(int(threads))
    model = CrossEncoder(folder, device="cpu", max_length=512, activation_fn=torch.nn.Identity())
    versions = {name: version(name) for name in ("sentence-transformers", "torch", "transformers")}
    return versions, lambda pairs: model.predict(pairs).tolist()


serve(load)
