"""The inputs of the student: a question, candidates, and the teacher's scores and gold labels for them.

Three kinds of lists:
- within: the gold text, results of BM25, and texts that the teacher finds close to the question, all scored by the teacher;
- across: texts of the other language close to the question, scored by the teacher only; none is known to answer it;
- plain: the gold text and results of BM25. They need no teacher, whose vectors take as much time as training on the
  same texts, so that there are always more questions than vectors.
All candidates of a list have one language and one form.
"""

import numpy as np

from teacher import graded, texts_of

CANDIDATES = 6
PLAIN_SHARE = 0.45
PLAIN_PASSAGES = 0.5  # the share of passages, higher than among the questions
ACROSS_SHARE = 0.2
PLAIN_LOGIT = 4.0  # of the gold text in a plain list: the others share an eighth of the probability
SCALE = 60.0  # of the teacher's cosine similarity; it was trained with 100, and a softer scale says more
GOLD_BONUS = 1.5  # added to the logit of the gold text, which then is at least half a logit below the teacher's favourite
NEAR, FAR = 10, 40  # ranks of the teacher's neighbours


class Lists:
    def __init__(self, questions, vectors):
        self.plain = {"window": [], "passage": []}
        for question in questions:
            if len(question["negatives"]) == CANDIDATES - 1:
                self.plain[question["form"]].append(question)
        self.taught = []
        pools = {}
        for question in questions:
            if all(vectors.has(*pair) for pair in texts_of(question)):
                self.taught.append(question)
                pools.setdefault((question["language"], question["form"]), {}).update(dict.fromkeys(graded(question)))
        self.pools = {key: list(texts) for key, texts in pools.items()}
        self.matrices = {key: vectors.get("passage", texts) for key, texts in self.pools.items()}
        self.vectors = vectors

    def sample(self, rng):
        """{query, texts, teacher: logits, gold: whether texts[0] is the gold text}"""
        if not self.taught or rng.random() < PLAIN_SHARE:
            return self.plain_list(rng)
        question = rng.choice(self.taught)
        other = "en" if question["language"] == "zh" else "zh"
        across = rng.random() < ACROSS_SHARE / (1 - PLAIN_SHARE) and len(self.pools.get((other, question["form"]), ())) > FAR
        texts = self.across(question, other, rng) if across else self.within(question, rng)
        logits = SCALE * (self.vectors.get("passage", texts) @ self.vectors.get("query", [question["query"]])[0])
        if not across:
            logits[0] = max(logits[0], logits.max() - 0.5) + GOLD_BONUS
        return {"query": question["query"], "texts": texts, "teacher": logits, "gold": not across}

    def plain_list(self, rng):
        question = rng.choice(self.plain["passage" if rng.random() < PLAIN_PASSAGES else "window"])
        logits = np.zeros(CANDIDATES, np.float32)
        logits[0] = PLAIN_LOGIT
        texts = [question["gold"], *question["negatives"]]
        return {"query": question["query"], "texts": texts, "teacher": logits, "gold": True}

    def neighbours(self, question, language):
        pool = (language, question["form"])
        nearness = self.matrices[pool] @ self.vectors.get("query", [question["query"]])[0]
        return [self.pools[pool][k] for k in np.argsort(-nearness)[: FAR + 1]]

    def across(self, question, other, rng):
        near = self.neighbours(question, other)
        texts = [near[0], *rng.sample(near[1:NEAR], 2), *rng.sample(near[NEAR:], 1)]
        return self.fill(texts, (other, question["form"]), rng)

    def within(self, question, rng):
        taken = graded(question)
        near = [text for text in self.neighbours(question, question["language"]) if text not in taken]
        texts = [*taken, *rng.sample(near[:NEAR], min(2, len(near[:NEAR])))]
        return self.fill(texts, (question["language"], question["form"]), rng)

    def fill(self, texts, pool, rng):
        """Fills up with random texts of the pool."""
        rest = [text for text in self.pools[pool] if text not in texts]
        return texts + rng.sample(rest, CANDIDATES - len(texts))
