"""Step `evaluate`: hit@1 and MRR on the held-out questions, for BM25, the teacher and any weights.

Four directions: a question with passages of its own language, and its translation (heldout-translations.jsonl) with the
same passages. The candidates are the first results of BM25 for the untranslated question. If the gold passage is not
among them, it takes the last place, so BM25's own figure counts a miss there.

Scores are kept in evaluation/, by the hash of the weights: a larger --count computes only the new ones.
"""

import json
import math
import random
import time
from pathlib import Path

import torch

from data import read_held_out
from files import sha256_of, write_whole
from student import Student
from teacher import Vectors, load_teacher

DIRECTIONS = ("en", "zh", "zh -> en", "en -> zh")
QUESTIONS_A_PART = 10


def read_lists(folder, count, candidates):
    """{direction: [(query, texts, index of the gold text)]}"""
    file = Path(__file__).parent / "heldout-translations.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    translations = {row["query"]: row["translation"] for row in map(json.loads, lines)}
    lists = {direction: [] for direction in DIRECTIONS}
    for language, other in (("en", "zh"), ("zh", "en")):
        rows = [row for row in read_held_out(folder) if row["language"] == language][:count]
        for row in rows:
            texts, gold = row["candidates"][:candidates], row["gold"]
            if gold >= candidates:
                texts, gold = [*texts[:-1], row["candidates"][gold]], candidates - 1
            lists[language].append((row["query"], texts, gold))
            if row["query"] in translations:
                lists[f"{other} -> {language}"].append((translations[row["query"]], texts, gold))
    return lists


class Kept:
    """Scores of one scorer by query and text, kept in a file."""

    def __init__(self, folder, name):
        folder.mkdir(exist_ok=True)
        self.path = folder / f"{name}.json"
        self.scores = json.loads(self.path.read_text(encoding="utf-8")) if self.path.exists() else {}

    def of(self, query, texts, compute):
        missing = [text for text in texts if f"{query}\n{text}" not in self.scores]
        if missing:
            for text, score in zip(missing, compute(query, missing)):
                self.scores[f"{query}\n{text}"] = float(score)
        return [self.scores[f"{query}\n{text}"] for text in texts]

    def save(self):
        write_whole(self.path, lambda path: path.write_text(json.dumps(self.scores, ensure_ascii=False), encoding="utf-8"))


def scorer_of_weights(folder, weights, device):
    student = Student(folder / "start", weights, device)

    def compute(query, texts):
        with torch.inference_mode():
            return student.logits([student.sequence(query, text) for text in texts], 2600).tolist()

    return compute


def scorer_of_teacher(folder):
    vectors, encode = Vectors(folder / "vectors"), load_teacher()

    def get(kind, texts):
        new = [text for text in dict.fromkeys(texts) if not vectors.has(kind, text)]
        if new:
            vectors.add(kind, new, encode(kind, new))
        return vectors.get(kind, texts)

    return lambda query, texts: get("passage", texts) @ get("query", [query])[0]


def rank_of(scores, gold):
    """The number of candidates before the gold text, which loses every tie."""
    return sum(score >= scores[gold] for i, score in enumerate(scores) if i != gold)


def surprise(scores, gold):
    top = max(scores)
    return top + math.log(sum(math.exp(score - top) for score in scores)) - scores[gold]


def wilson(hits, count, z=1.96):
    if not count:
        return (0.0, 1.0)
    share, square = hits / count, z * z
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = z * math.sqrt(share * (1 - share) / count + square / (4 * count * count)) / (1 + square / count)
    return (middle - half, middle + half)


def interval_of_mean(values, seed=1, draws=2000):
    """The 95% interval of a mean, by resampling the questions."""
    rng = random.Random(seed)
    means = sorted(sum(rng.choices(values, k=len(values))) / len(values) for _ in range(draws))
    return means[int(0.025 * draws)], means[int(0.975 * draws)]


def evaluate(folder, weights, count=60, candidates=10, teacher=True, device="cpu"):
    """Prints a table; returns {direction: {scorer: {hit, mrr, ...}}}. `weights`: {name: path}; others are compared with the first."""
    lists = read_lists(folder, count, candidates)
    scorers = {name: (sha256_of(path)[:16], lambda path=path: scorer_of_weights(folder, path, device)) for name, path in weights.items()}
    if teacher:
        scorers["teacher"] = ("teacher", lambda: scorer_of_teacher(folder))
    ranks, surprises = {}, {}
    for name, (key, make) in scorers.items():
        kept, compute, start = Kept(folder / "evaluation", key), None, time.time()
        for direction, rows in lists.items():
            for i, (query, texts, gold) in enumerate(rows):
                compute = compute or make()
                scores = kept.of(query, texts, compute)
                ranks.setdefault((direction, name), []).append(rank_of(scores, gold))
                surprises.setdefault((direction, name), []).append(surprise(scores, gold))
                if i % QUESTIONS_A_PART == QUESTIONS_A_PART - 1:
                    kept.save()
                    print(f"{name}, {direction}: {i + 1} of {len(rows)}, {time.time() - start:.0f} s", flush=True)
        kept.save()
    for direction in ("en", "zh"):
        ranks[direction, "BM25"] = [gold for _, _, gold in lists[direction]]

    report = {}
    base = next(iter(weights), None)
    for (direction, name), found in sorted(ranks.items(), key=lambda item: DIRECTIONS.index(item[0][0])):
        hits = [rank == 0 for rank in found]
        if not found:
            continue
        row = {
            "questions": len(found),
            "hit": sum(hits) / len(found),
            "interval": wilson(sum(hits), len(found)),
            "mrr": sum(1 / (1 + rank) for rank in found) / len(found),
        }
        if name in weights:
            row["surprise"] = sum(surprises[direction, name]) / len(found)
            if name != base:
                less = [b - a for a, b in zip(surprises[direction, name], surprises[direction, base])]
                row["surprise_less"] = (sum(less) / len(less), *interval_of_mean(less))
                before = [rank == 0 for rank in ranks[direction, base]]
                row["won_lost"] = (sum(a > b for a, b in zip(hits, before)), sum(a < b for a, b in zip(hits, before)))
        report.setdefault(direction, {})[name] = row
        print(line_of(direction, name, row))
    return report


def line_of(direction, name, row):
    low, high = row["interval"]
    text = f"{direction:9} {name:12} hit@1 {row['hit']:.3f} ({low:.3f} to {high:.3f})  MRR {row['mrr']:.3f}  of {row['questions']}"
    if "surprise" in row:
        text += f"  surprise {row['surprise']:.3f}"
    if "surprise_less" in row:
        mean, low, high = row["surprise_less"]
        won, lost = row["won_lost"]
        text += f", less by {mean:.3f} ({low:.3f} to {high:.3f}); won {won}, lost {lost}"
    return text
