"""Reads /metrics with Prometheus' own parser: names, units, types, and the number of series.

    python metrics.py FILE
"""

import sys
from collections import Counter

from prometheus_client.parser import text_string_to_metric_families

UNITS = ("seconds", "bytes", "ratio", "percent")
MAX_SERIES = 60
"""For one metric: histograms of two routes, not one for each document, path or client."""

passed = failed = 0


def check(name, problems):
    global passed, failed
    if problems:
        failed += 1
        print(f"not ok {name}: {'; '.join(problems)}")
    else:
        passed += 1
        print(f"ok {name}")


families = list(text_string_to_metric_families(open(sys.argv[1], encoding="utf8").read()))
own = [family for family in families if family.name.startswith("rerank_")]
named = {family.name: family for family in own}
print(f"{len(families)} metrics, {len(own)} of the server's own")

check("every metric has a type and a help text", [f.name for f in families if f.type == "unknown" or not f.documentation])
check(
    "counters end in _total and nothing else does",
    [
        f.name
        for f in own
        if any((f.type == "counter") != s.name.endswith("_total") for s in f.samples)
    ],
)
check("no metric has its type in its name", [f.name for f in own for w in ("gauge", "counter", "histogram") if w in f.name])
check("times are in seconds and sizes in bytes", [f.name for f in own if f.name.split("_")[-1] in ("ms", "milliseconds", "mb", "kb")])
check("no sample twice", [f"{k}" for k, n in Counter((s.name, tuple(sorted(s.labels.items()))) for f in families for s in f.samples).items() if n > 1])
check("few series each", [f"{f.name} has {len(f.samples)}" for f in own if len(f.samples) > MAX_SERIES])
check(
    "labels are of a closed set",
    [f"{f.name}: {s.labels}" for f in own for s in f.samples if not set(s.labels) <= {"route", "status", "model", "key", "le"}],
)
check(
    "unknown paths share one route",
    [s.labels["route"] for f in own for s in f.samples if "nowhere" in s.labels.get("route", "")],
)


def value(name, **labels):
    return sum(
        s.value
        for f in own
        for s in f.samples
        if s.name == name and all(s.labels.get(k) == v for k, v in labels.items())
    )


def counted(expected):
    return [f"{what}: {got}, not {wanted}" for what, got, wanted in expected if got != wanted]


asked = {name: int(number) for name, number in (word.split("=") for word in sys.argv[2:])}
check(
    "what was asked is what was counted",
    counted(
        [
            ("documents", value("rerank_documents_total"), asked["documents"]),
            ("requests", value("rerank_requests_total", route="/v1/rerank", status="200"), asked["requests"]),
            ("refused", value("rerank_requests_total", status="401"), asked["refused"]),
            ("sequences of batches", value("rerank_batch_sequences_sum"), asked["documents"]),
            ("tokens", value("rerank_tokens_total"), asked["tokens"]),
        ]
    ),
)
for name in ("rerank_queue_tokens", "rerank_tensors"):
    check(f"{name} is shown", [] if name in named else ["missing"])
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
