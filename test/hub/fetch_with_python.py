"""Downloads files of a model with Python's huggingface_hub, with the same environment variables.

    python fetch_with_python.py REPOSITORY [file...]       one by one, as transformers does
    python fetch_with_python.py --snapshot REPOSITORY file...   by a list of patterns
    python fetch_with_python.py --offline REPOSITORY file...    from the cache, without requests
    python fetch_with_python.py --xet REPOSITORY file...        like --snapshot, contents by hf-xet into the shared store

Prints the snapshot's folder.
"""

import os
import sys
import urllib.request
from pathlib import Path

from huggingface_hub import file_download, hf_hub_download, snapshot_download


def fetch_in_place_of_xet(*, incomplete_path, xet_file_data, **_):
    """Replaces hf-xet's storage, which is not available here; everything after it is the library's own."""
    url = f"{os.environ['HF_ENDPOINT']}/xet/{xet_file_data.file_hash}"
    with urllib.request.urlopen(url) as response:
        Path(incomplete_path).write_bytes(response.read())


mode = sys.argv.pop(1) if sys.argv[1].startswith("--") else "--files"
repository, *names = sys.argv[1:]
if mode == "--xet":
    file_download.xet_get = fetch_in_place_of_xet
    assert file_download.is_xet_available(), "hf-xet is not installed"
if mode in ("--snapshot", "--xet"):
    print(snapshot_download(repository, allow_patterns=names))
elif mode == "--offline":
    print(snapshot_download(repository, allow_patterns=names, local_files_only=True))
    for name in names:
        hf_hub_download(repository, name, local_files_only=True)
else:
    paths = [hf_hub_download(repository, name) for name in names]
    print(Path(paths[0]).parent)
