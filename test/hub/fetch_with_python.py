"""Fetches files of a model with Python's huggingface_hub, by the same environment variables.

    python fetch_with_python.py REPOSITORY [file...]       one by one, as transformers does
    python fetch_with_python.py --snapshot REPOSITORY file...   by a list of patterns
    python fetch_with_python.py --offline REPOSITORY file...    what is there, nothing is asked

Prints the snapshot's folder.
"""

import sys
from pathlib import Path

from huggingface_hub import hf_hub_download, snapshot_download

mode = sys.argv.pop(1) if sys.argv[1].startswith("--") else "--files"
repository, *names = sys.argv[1:]
if mode == "--snapshot":
    print(snapshot_download(repository, allow_patterns=names))
elif mode == "--offline":
    print(snapshot_download(repository, allow_patterns=names, local_files_only=True))
    for name in names:
        hf_hub_download(repository, name, local_files_only=True)
else:
    paths = [hf_hub_download(repository, name) for name in names]
    print(Path(paths[0]).parent)
