"""Step `data`: the training pairs -> questions for training and held-out questions, in the work folder.

questions.jsonl: {query, language, form, source, gold, negatives}, in the order of training.
heldout.jsonl:   {query, language, source, candidates, gold: index in candidates}; no question in questions.jsonl is
                 about one of their paragraphs.

A question has the form "window" (a few sentences around the answer) or "passage" (about as long as a paragraph of
Wikipedia). All candidates of a list have the form of its gold text, because a mixed list would teach length.
"""

import collections
import json
import lzma
import random
import sys
from pathlib import Path

from opencc import OpenCC

from bm25 import Bm25, is_chinese
from files import read_lines, sha256_of, write_lines

PAIRS = "pairs.jsonl.xz"
PAIRS_SHA256 = "1cbe041b4fdb1f65891d48df34740123d2a1cca2ba40e141803d0e430b8aaec8"
SEED = 20
PASSAGE_SHARE = 0.25
PASSAGE_LENGTH = {"en": 600, "zh": 200}  # characters; about 140 tokens
SIMPLIFIED_SHARE = 0.85  # of the traditional paragraphs
NEGATIVES = 5
BEST_NEGATIVES = 9  # drawn from the first of the given ones, which BM25 ranked highest
HELD_OUT = 100  # questions of each language, at most one for each paragraph
CANDIDATES = 20
HELD_OUT_SOURCES = {"en": ["squadshifts-new_wiki"], "zh": ["cmrc2018-dev", "drcd-dev", "drcd-test"]}

# How often a source's questions are used, relative to the other sources of its language. Questions about paragraphs of an
# encyclopedia come most often: they are the cleanest, and the most similar to the use of a reranker.
WEIGHTS = {
    "squadshifts-new_wiki": 10,
    "squadshifts-amazon_reviews": 2,
    "squadshifts-reddit": 2,
    "medquad": 2,
    "covidqa": 1,
    "pubmedqa-labelled": 1,
    "cmrc2018-dev": 4,
    "cmrc2018-trial": 1,
    "drcd-dev": 3,
    "drcd-test": 3,
    "drcd-cprompt-train": 2,
    "dureader-checklist-train": 1.5,
    "dureader-robust-dev": 1.5,
    "dureader2-demo": 0.4,
    "csl-title-abstract": 1,
}


def read_pairs(folder):
    path = Path(folder) / PAIRS
    if not path.exists():
        sys.exit(
            f"{path} is missing: the training pairs are not in the repository. Put the file with the SHA-256 "
            f"{PAIRS_SHA256} there (README.md of scripts/train says what is in it), or pass its place with --pairs."
        )
    if sha256_of(path) != PAIRS_SHA256:
        print(f"warning: {path} is not the file that the committed weights were trained on", file=sys.stderr)
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def in_order(by_source):
    """The sources' rows merged by their weights; a longer run only continues further."""
    keyed = []
    for source, rows in by_source.items():
        weight = WEIGHTS.get(source, 1)
        keyed += [((i + 0.5) / weight, source, i) for i in range(len(rows))]
    return [by_source[source][i] for _, source, i in sorted(keyed)]


def cut(paragraph, window, length, rng):
    """A passage of about this many characters around the window, from and to a boundary of sentences or words."""
    if len(paragraph) <= length * 1.3:
        return paragraph
    at = max(0, paragraph.find(window[:40]))
    room = max(0, length - len(window))
    start = max(0, min(at - rng.randint(0, room), len(paragraph) - length))
    end = min(len(paragraph), max(start + length, at + len(window)))
    marks = "。！？；，" if is_chinese(paragraph) else " "
    while 0 < start < at and paragraph[start - 1] not in marks:
        start += 1
    while end < len(paragraph) and paragraph[end - 1] not in marks:
        end += 1
    return paragraph[start:end].strip()


def same_text(a, b):
    """Whether one text contains most of the other, so that a "negative" would answer the question too."""
    grams = [{text[i : i + 8] for i in range(max(1, len(text) - 7))} for text in (a, b)]
    return len(grams[0] & grams[1]) > 0.5 * min(map(len, grams))


def add_negatives(kept, others, gold, count):
    for text in others:
        if len(kept) == count:
            break
        if not any(same_text(text, other) for other in [gold, *kept]):
            kept.append(text)
    return kept


def make_questions(folder, count, held_out_count=HELD_OUT):
    """Writes both files: `count` questions for training and twice `held_out_count` held out, half in each language."""
    rng = random.Random(SEED)
    converter = OpenCC("t2s")
    rows = read_pairs(folder)
    paragraphs = collections.defaultdict(dict)  # source -> {paragraph: a window in it}
    for row in rows:
        row["language"] = "zh" if is_chinese(row["query"]) else "en"
        paragraphs[row["source"]].setdefault(row["positive"][1], row["positive"][0])
    rng.shuffle(rows)

    held_out = {"en": {}, "zh": {}}  # paragraph -> row
    for row in rows:
        chosen = held_out[row["language"]]
        if row["source"] in HELD_OUT_SOURCES[row["language"]] and len(chosen) < held_out_count and len(row["query"]) > 8:
            chosen.setdefault(row["positive"][1], row)
    kept_back = {paragraph for chosen in held_out.values() for paragraph in chosen}

    write_lines(folder / "heldout.jsonl", held_out_lists(held_out, paragraphs, rng, converter))
    seen = set()
    by_language = {"en": collections.defaultdict(list), "zh": collections.defaultdict(list)}
    for row in rows:
        if row["positive"][1] not in kept_back and row["query"] not in seen:
            seen.add(row["query"])
            by_language[row["language"]][row["source"]].append(row)
    ordered = {language: in_order(sources)[: count // 2] for language, sources in by_language.items()}
    indexes = {}
    questions = []
    for pair in zip(ordered["en"], ordered["zh"]):
        questions += [question_of(row, paragraphs, kept_back, indexes, converter) for row in pair]
    write_lines(folder / "questions.jsonl", questions)
    sources = dict(collections.Counter(question["source"] for question in questions))
    print(f"{len(questions)} questions, {sum(map(len, held_out.values()))} held out; {sources}")


def held_out_lists(held_out, paragraphs, rng, converter):
    """The gold passage among the first results of BM25 for the question, in the order of BM25."""
    for language, chosen in held_out.items():
        pool = [(text, window) for source in HELD_OUT_SOURCES[language] for text, window in paragraphs[source].items()]
        index = Bm25([text for text, _ in pool])
        for gold, row in chosen.items():
            found = [pool[i] for i in index.top(row["query"], CANDIDATES)]
            if all(text != gold for text, _ in found):
                found = [*found[: CANDIDATES - 1], (gold, row["positive"][0])]
            place = next(i for i, (text, _) in enumerate(found) if text == gold)
            found[place] = (gold, row["positive"][0])
            passages = [converter.convert(cut(*pair, PASSAGE_LENGTH[language], rng)) for pair in found]
            yield {
                "query": converter.convert(row["query"]),
                "language": language,
                "source": row["source"],
                "candidates": passages,
                "gold": place,
            }


def question_of(row, paragraphs, kept_back, indexes, converter):
    rng = random.Random(f"{SEED} {row['query']}")  # separate, so that it does not depend on changes elsewhere
    window, paragraph = row["positive"]
    form = "passage" if rng.random() < PASSAGE_SHARE else "window"
    if form == "window":
        gold = window
        best = row["negatives"][:BEST_NEGATIVES]
        others = [*rng.sample(best, len(best)), *row["negatives"][BEST_NEGATIVES:]]
    else:
        length = PASSAGE_LENGTH[row["language"]]
        gold = cut(paragraph, window, length, rng)
        if row["source"] not in indexes:
            pool = [pair for pair in paragraphs[row["source"]].items() if pair[0] not in kept_back]
            indexes[row["source"]] = pool, Bm25([text for text, _ in pool])
        pool, index = indexes[row["source"]]
        others = [cut(*pool[i], length, rng) for i in index.top(row["query"], NEGATIVES + 3) if pool[i][0] != paragraph]
    negatives = add_negatives([], others, gold, NEGATIVES)
    texts = [row["query"], gold, *negatives]
    if rng.random() < SIMPLIFIED_SHARE and row["language"] == "zh":
        texts = [converter.convert(text) for text in texts]
    return {
        "query": texts[0],
        "language": row["language"],
        "form": form,
        "source": row["source"],
        "gold": texts[1],
        "negatives": texts[2:],
    }


def read_questions(folder):
    return read_lines(folder / "questions.jsonl", "python scripts/train data")


def read_held_out(folder):
    return read_lines(folder / "heldout.jsonl", "python scripts/train data")
