"""The questions for every Python client, and the output of the answers."""

import json
import os

CASE = json.loads(os.environ["RERANK_CASE"])
url, key, query = CASE["url"], CASE["key"], CASE["query"]
documents, scores = CASE["documents"], CASE["scores"]
order = sorted(range(len(scores)), key=lambda i: -scores[i])


def check(name, run):
    """Runs one check and prints its result on a line of its own."""
    try:
        print(f"ok {name}: {run()}", flush=True)
    except Exception as error:  # noqa: BLE001 - any error is reported
        print(f"not ok {name}: {type(error).__name__}: {' '.join(str(error).split())}", flush=True)


def assert_ranking(results, count=None):
    """The client's (index, score) pairs are the library's, the best first."""
    results = list(results)
    indices = [index for index, _ in results]
    assert indices == order[:count], f"order {indices}, not {order[:count]}"
    for index, score in results:
        assert 0 < score < 1, f"score {score} of document {index}"
        assert abs(score - scores[index]) <= 1e-5, f"document {index}: {score}, not {scores[index]}"
    return " ".join(f"{index}={score:.4f}" for index, score in results)


def assert_fails(call, expected):
    """The call fails with the client's own error."""
    try:
        call()
    except expected as error:
        return f"{type(error).__name__}: {' '.join(str(error).split())[:80]}"
    raise AssertionError(f"it did not fail with {expected.__name__}")
