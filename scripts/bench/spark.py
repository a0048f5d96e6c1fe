"""Spark against `score` on one core, and two executors against one: prints a line of JSON for each way.

    PYTHON scripts/bench/spark.py PAIRS.jsonl --backend node --ways score,1,2

`score` runs on one core, the Spark jobs in local-cluster mode with executors of one core each. `pairs_per_second` is of
the whole command; `while_scoring` is of the time from the first request to the last answer, from the scorers' logs.
Processor seconds are
those of all processes, by kind. Memory is the most that each kind of process had, and that of the scorers by thirds of the time.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CLI = ["node", str(ROOT / "dist/cli/main.js")]
KINDS = {"score": "main.js score", "server": "main.js serve", "scorer": "explain-entry", "executor": "CoarseGrainedExecutorBackend", "driver": "SparkSubmit", "worker": "pyspark.daemon"}


def processes():
    return set(Path("/proc").glob("[0-9]*"))


def look(before, cpu):
    """Resident memory of the largest process of each kind; `cpu` gets the processor seconds of each process."""
    found = {}
    for folder in processes() - before:
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            kind = next((kind for kind, part in KINDS.items() if part in line), None)
            if kind:
                pages = int((folder / "statm").read_text().split()[1])
                found[kind] = max(found.get(kind, 0), pages * os.sysconf("SC_PAGE_SIZE") / 2**20)
                times = (folder / "stat").read_text().rsplit(")", 1)[1].split()[11:13]
                cpu[kind, folder.name] = sum(map(int, times)) / os.sysconf("SC_CLK_TCK")
        except OSError:
            continue
    return found


def run(command, home):
    samples, cpu, ended, before = [], {}, threading.Event(), processes()

    def sample():
        while not ended.wait(0.5):
            samples.append(look(before, cpu))

    thread = threading.Thread(target=sample)
    thread.start()
    started = time.time()
    done = subprocess.run(command, env={**os.environ, "TMPDIR": home}, capture_output=True, text=True)
    seconds = time.time() - started
    ended.set()
    thread.join()
    assert done.returncode == 0, done.stderr[-2000:]
    by_kind = {}
    for (kind, _), used in cpu.items():
        by_kind[kind] = round(by_kind.get(kind, 0) + used, 1)
    return started, seconds, samples, by_kind


def measure(way, options, pairs):
    home = tempfile.mkdtemp()
    out = str(Path(home, "out"))
    shared = ["--backend", options.backend, "--dtype", options.dtype]
    if way == "score":
        command = ["taskset", "-c", "0", *CLI, "score", "--input", options.pairs, "--output", out + ".jsonl", *shared]
        command += [] if options.backend == "node" else ["--threads", "1"]
    else:
        command = [sys.executable, str(ROOT / "scripts/spark/score_pairs.py"), "--master", f"local-cluster[{way},1,1024]"]
        command += ["--input", options.pairs, "--output", out, "--scorer-command", " ".join(CLI), *shared]
    started, seconds, samples, cpu = run(command, home)
    result = {"way": way, "pairs": pairs, "seconds": round(seconds, 1), "pairs_per_second": round(pairs / seconds, 2)}
    result["processor_seconds"] = cpu
    log = [json.loads(line) for file in Path(home).glob("tfjs-*/log") for line in file.read_text().splitlines() if line[0] == "{"]
    if log:
        at = lambda line: datetime.fromisoformat(line["time"]).timestamp() - started
        answers = [line for line in log if line["msg"] == "answered"]
        first = min(at(line) - line["ms"] / 1000 for line in answers)
        last = max(map(at, answers))
        up = sorted(round(at(line), 1) for line in log if line["msg"] == "model is up")
        result |= {"models_up_at": up, "first_request_at": round(first, 1), "last_answer_at": round(last, 1)}
        result["while_scoring"] = round(pairs / (last - first), 2)
    kinds = {kind for sample in samples for kind in sample}
    result["most_mb"] = {kind: round(max(sample.get(kind, 0) for sample in samples)) for kind in sorted(kinds)}
    third = len(samples) // 3
    cuts = [samples[:third], samples[third : 2 * third], samples[2 * third :]]
    result["by_thirds_mb"] = {
        kind: [round(max((sample.get(kind, 0) for sample in cut), default=0)) for cut in cuts] for kind in sorted(kinds)
    }
    return result


parser = argparse.ArgumentParser()
parser.add_argument("pairs")
parser.add_argument("--backend", default="wasm")
parser.add_argument("--dtype", default="float32")
parser.add_argument("--ways", default="score,1,2")
options = parser.parse_args()
count = sum(1 for line in open(options.pairs) if line.strip())
for way in options.ways.split(","):
    print(json.dumps(measure(way, options, count)), flush=True)
