"""BM25 over English and Chinese texts: words of letters and digits, and pairs of neighbouring Chinese characters."""

import collections
import math
import re

CHINESE = "\u3400-\u9fff"
TERM = re.compile(rf"[{CHINESE}]+|[^\W_{CHINESE}]+")


def is_chinese(text):
    return re.search(f"[{CHINESE}]", text) is not None


def terms_of(text):
    terms = []
    for match in TERM.findall(text.lower()):
        if is_chinese(match) and len(match) > 1:
            terms += [match[i : i + 2] for i in range(len(match) - 1)]
        else:
            terms.append(match)
    return terms


class Bm25:
    def __init__(self, texts, k1=1.2, b=0.75):
        lengths = []
        counts_of_term = collections.defaultdict(list)
        for i, text in enumerate(texts):
            terms = terms_of(text)
            lengths.append(len(terms))
            for term, count in collections.Counter(terms).items():
                counts_of_term[term].append((i, count))
        mean = sum(lengths) / max(1, len(lengths))
        self.weights = {}  # term -> [(index of the text, what it adds to that text's score)]
        for term, counts in counts_of_term.items():
            rarity = math.log(1 + (len(texts) - len(counts) + 0.5) / (len(counts) + 0.5))
            self.weights[term] = [
                (i, rarity * count * (k1 + 1) / (count + k1 * (1 - b + b * lengths[i] / mean))) for i, count in counts
            ]

    def top(self, query, count):
        """The indices of the best texts, best first; texts without a term of the query are left out."""
        scores = collections.defaultdict(float)
        for term in terms_of(query):
            for i, weight in self.weights.get(term, ()):
                scores[i] += weight
        return sorted(scores, key=lambda i: (-scores[i], i))[:count]
