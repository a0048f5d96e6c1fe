"""Small files: JSON lines, hashes, and atomic writing, so that an interruption leaves the old file intact."""

import hashlib
import json
import os
import sys


def sha256_of(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_whole(path, write):
    """Calls write(temporary path), then moves the file into place."""
    temporary = path.with_name(path.name + ".part")
    write(temporary)
    os.replace(temporary, path)


def write_lines(path, rows):
    def write(temporary):
        with open(temporary, "w", encoding="utf-8") as file:
            for row in rows:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")

    write_whole(path, write)


def read_lines(path, step):
    if not path.exists():
        sys.exit(f"{path} is missing: run `{step}` first")
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
