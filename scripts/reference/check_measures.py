"""Compares the measures of dist with pytrec_eval-terrier (trec_eval) on random runs; exits 1 on a difference beyond 1e-9.

    python -m venv .cache/evaluation && .cache/evaluation/bin/pip install -r scripts/reference/requirements-evaluation.txt
    npm run build && .cache/evaluation/bin/python scripts/reference/check_measures.py [--runs 5000]
    .cache/evaluation/bin/python scripts/reference/check_measures.py --runs 40 --out test/fixtures/measures.json

Scores are multiples of 1/8, because pytrec_eval holds them in float32. Judged@k is not trec_eval's; it is checked here
against its definition. trec_eval has no RR@k either: it is recip_rank of the first k results.
"""

import argparse
import json
import random
import subprocess
import sys
from pathlib import Path

import pytrec_eval

CUTOFFS = (1, 3, 5, 10, 100)
NAMES = {"nDCG": "ndcg", "AP": "map", "RR": "recip_rank"}
NAMES |= {f"nDCG@{k}": f"ndcg_cut_{k}" for k in CUTOFFS} | {f"AP@{k}": f"map_cut_{k}" for k in CUTOFFS}
NAMES |= {f"P@{k}": f"P_{k}" for k in CUTOFFS} | {f"R@{k}": f"recall_{k}" for k in CUTOFFS}
WANTED = {"ndcg", "map", "recip_rank"} | {f"{name}.{','.join(map(str, CUTOFFS))}" for name in ("ndcg_cut", "map_cut", "P", "recall")}
MEASURES = [*NAMES, *(f"RR@{k}" for k in CUTOFFS), *(f"Judged@{k}" for k in CUTOFFS)]
# The last two of the letters: JavaScript orders them the other way round than their bytes.
LETTERS = "aZ09é中\uffee\U00020bb7"


def random_id(rng):
    return "".join(rng.choices(LETTERS, k=rng.randint(1, 4)))


def random_case(rng):
    ids = sorted({random_id(rng) for _ in range(rng.choice((3, 12, 60, 300)))})
    grades = rng.choice(((0, 1), (0, 1, 2, 3), (-1, 0, 1, 4), (0,), (1, 7)))
    steps = rng.choice((1, 4, 1000))  # few different scores make many ties
    qrels, run = {}, {}
    for number in range(rng.randint(1, 4)):
        query = f"q{number}"
        judged = rng.sample(ids, rng.randint(1, len(ids)))
        qrels[query] = {doc: rng.choice(grades) for doc in judged}
        qrels[query][judged[0]] = max(0, qrels[query][judged[0]])  # trec_eval reads beyond its array without one
        if rng.random() > 0.2:
            found = rng.sample(ids, rng.randint(1, len(ids)))
            run[query] = {doc: rng.randint(-steps, steps) / 8 for doc in found}
    run["unjudged"] = {"a": 1.0}
    return {"qrels": qrels, "run": run, "measures": " ".join(MEASURES)}


def ranked(scores):
    return sorted(scores, key=lambda doc: (scores[doc], doc.encode()), reverse=True)


def expected_values(case):
    qrels, run = case["qrels"], case["run"]
    values = pytrec_eval.RelevanceEvaluator(qrels, WANTED).evaluate(run)
    expected = {}
    for query, judged in qrels.items():
        found = values.get(query, {})
        row = {name: found.get(theirs, 0.0) for name, theirs in NAMES.items()}
        order = ranked(run.get(query, {}))
        for k in CUTOFFS:
            first = order[:k]
            cut = {query: {doc: float(-i) for i, doc in enumerate(first)}}
            rr = pytrec_eval.RelevanceEvaluator({query: judged}, {"recip_rank"}).evaluate(cut) if first else {}
            row[f"RR@{k}"] = rr.get(query, {}).get("recip_rank", 0.0)
            row[f"Judged@{k}"] = sum(doc in judged for doc in first) / len(first) if first else 0.0
        expected[query] = row
    return expected


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5000)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    rng = random.Random(11)
    cases = [random_case(rng) for _ in range(options.runs)]
    expected = [expected_values(case) for case in cases]
    if options.out:
        small = [case | {"expected": values} for case, values in zip(cases, expected) if len(json.dumps(case)) < 3000]
        lines = ",\n".join(json.dumps(case, ensure_ascii=True, separators=(",", ":")) for case in small)
        options.out.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
        print(f"{len(small)} cases in {options.out}")
        return 0
    program = ["node", str(Path(__file__).with_name("measure-lines.mjs"))]
    lines = "".join(json.dumps(case) + "\n" for case in cases)
    answers = subprocess.run(program, input=lines, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(answers) == len(cases)
    largest, compared, ties = 0.0, 0, 0
    for case, theirs, line in zip(cases, expected, answers):
        ours = json.loads(line)
        assert ours.keys() == theirs.keys()
        ties += sum(len(set(row.values())) < len(row) for row in case["run"].values())
        for query, row in theirs.items():
            assert ours[query].keys() == row.keys()
            for name, value in row.items():
                distance = abs(ours[query][name] - value)
                compared += 1
                if not distance <= largest:
                    largest = distance
                    print(f"{name} of {query}: {ours[query][name]} here, {value} there")
    print(f"{len(cases)} runs, {ties} rankings with ties, {compared} values; largest distance {largest:.2g}")
    return 0 if largest <= 1e-9 else 1


sys.exit(main())
