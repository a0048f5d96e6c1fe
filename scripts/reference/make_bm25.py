"""BM25 scores of Python's bm25s (method lucene, float64) for random texts: test/fixtures/bm25.json.

    python -m venv .cache/evaluation && .cache/evaluation/bin/pip install -r scripts/reference/requirements-evaluation.txt
    .cache/evaluation/bin/python scripts/reference/make_bm25.py test/fixtures/bm25.json
"""

import json
import random
import sys

import bm25s

SETTINGS = ((1.2, 0.75), (0.9, 0.4), (2.0, 0.0), (0.5, 1.0))


def words(rng, count):
    """Words of which some are frequent: the n-th is drawn n times as seldom as the first."""
    return [f"w{int(30 ** rng.random())}" for _ in range(count)]


def main(out):
    rng = random.Random(7)
    documents = [words(rng, rng.choice((1, 3, 8, 20, 60))) for _ in range(40)]
    queries = [words(rng, rng.randint(1, 6)) for _ in range(12)] + [["w1", "w1", "w2"]]
    queries = [[word for word in query if any(word in document for document in documents)] for query in queries]
    cases = []
    for k1, b in SETTINGS:
        index = bm25s.BM25(method="lucene", k1=k1, b=b, dtype="float64")
        index.index(documents, show_progress=False)
        scores = [[round(float(score), 9) for score in index.get_scores(query)] for query in queries]
        cases.append({"k1": k1, "b": b, "scores": scores})
    golden = {
        "provenance": f"bm25s {bm25s.__version__}, method lucene, float64; scripts/reference/make_bm25.py",
        "documents": [" ".join(document) for document in documents],
        "queries": [" ".join(query) for query in queries],
        "cases": cases,
    }
    with open(out, "w", encoding="utf-8") as file:
        file.write(json.dumps(golden, separators=(",", ":")).replace('],[', '],\n[') + "\n")


main(sys.argv[1])
