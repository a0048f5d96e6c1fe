"""The protocol of every engine process: JSON lines. It writes {loaded} once, then answers each request line."""

import json
import os
import resource
import sys
import time
import traceback

import numpy as np


def peak_rss_bytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def serve(load):
    """load() -> (versions, score), score(list of (query, document)) -> list of logits."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # so that output of libraries is not taken for an answer

    def say(value):
        answers.write(json.dumps(value) + "\n")
        answers.flush()

    try:
        started = time.perf_counter()
        versions, score = load()
        seconds = time.perf_counter() - started
        say({"loaded": {"load_seconds": seconds, "load_peak_rss_bytes": peak_rss_bytes(), "versions": versions}})
        for line in sys.stdin:
            logits = []
            requests = [[tuple(pair) for pair in pairs] for pairs in json.loads(line)["requests"]]
            started, cpu_before = time.perf_counter(), time.process_time()
            for pairs in requests:
                logits.extend(score(pairs))
            seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu_before
            answer = {"seconds": seconds, "cpu_seconds": cpu_seconds, "logits": [float(x) for x in logits]}
            say(answer | {"peak_rss_bytes": peak_rss_bytes()})
    except Exception:
        say({"error": traceback.format_exc()})


def sorted_batches(encoded, size=32):
    """Indices in batches, sorted by number of tokens, the longest first."""
    order = sorted(range(len(encoded)), key=lambda i: -len(encoded[i]))
    return [order[start : start + size] for start in range(0, len(order), size)]


def padded_arrays(encoded, batch, pad):
    """[batch, longest] ids and attention mask, int64."""
    ids = np.full((len(batch), max(len(encoded[i]) for i in batch)), pad, dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, i in enumerate(batch):
        ids[row, : len(encoded[i])] = encoded[i]
        mask[row, : len(encoded[i])] = 1
    return {"input_ids": ids, "attention_mask": mask}
