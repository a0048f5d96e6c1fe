"""What the tests of Spark share: models, one Spark session of two workers, and the folder of the scorers."""

import json
import os
import shlex
import shutil
import struct
import sys
import tempfile
import time
from pathlib import Path

import pyspark

ROOT = Path(__file__).resolve().parents[2]
CLI = ["node", str(ROOT / "dist/cli/main.js")]
COMMAND = shlex.join(CLI)
PIECES = 97

# Scorers, their logs and all of Spark's own files; gone at the end.
HOME = tempfile.mkdtemp(prefix="spark-")
os.environ["TMPDIR"] = tempfile.tempdir = HOME
os.environ.setdefault("SPARK_HOME", str(Path(pyspark.__file__).parent))
os.environ["PYSPARK_PYTHON"] = sys.executable
sys.path.insert(0, str(ROOT / "scripts/spark"))


def start_session():
    """Two workers of one core each, as two hosts."""
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local-cluster[2,1,1024]")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("OFF")
    return session


def tiny_model(poisoned=None):
    """The tiny random model with the embedded tokenizer's first pieces; `poisoned` is one that makes a logit NaN."""
    folder = Path(tempfile.mkdtemp(prefix="tiny-"))
    for name in ("config.json", "model.safetensors"):
        shutil.copy(ROOT / "test/fixtures/tiny" / name, folder)
    tokenizer = json.loads((ROOT / "weights/mini-en-zh/tokenizer.json").read_text())
    tokenizer["added_tokens"] = [token for token in tokenizer["added_tokens"] if token["id"] < PIECES]
    vocab = tokenizer["model"]["vocab"] = tokenizer["model"]["vocab"][:PIECES]
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    if poisoned is not None:
        row = next(i for i, (piece, _) in enumerate(vocab) if piece == poisoned)
        with (folder / "model.safetensors").open("r+b") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(length))
            name = next(key for key in header if key.endswith("word_embeddings.weight"))
            hidden = header[name]["shape"][1]
            file.seek(8 + length + header[name]["data_offsets"][0] + 4 * hidden * row)
            file.write(struct.pack("<f", float("nan")) * hidden)
    return str(folder)


def some_pairs(count):
    """Pairs of many lengths, in the tiny model's letters."""
    return [(f"he {i % 50} an", f"{i} " + "in an he " * (1 + i % 7)) for i in range(count)]


def logs(home=HOME):
    """The texts of the logs of all scorers."""
    return [file.read_text() for file in Path(home).glob("tfjs-reranker-*/log")]


def until(holds, seconds=120):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.05)
