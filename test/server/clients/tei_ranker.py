"""Haystack's client of text-embeddings-inference."""

from check import assert_fails, assert_ranking, check, documents, key, query, url
from haystack import Document
from haystack.components.rankers import HuggingFaceTEIRanker
from haystack.utils import Secret

PASSAGES = [Document(content=text, meta={"index": i}) for i, text in enumerate(documents)]


def ask(key, **more):
    ranker = HuggingFaceTEIRanker(url=url, token=Secret.from_token(key), max_retries=1)
    return [(found.meta["index"], found.score) for found in ranker.run(query, PASSAGES, **more)["documents"]]


check("Haystack HuggingFaceTEIRanker", lambda: assert_ranking(ask(key)))
check("Haystack HuggingFaceTEIRanker, top_k", lambda: assert_ranking(ask(key, top_k=2), 2))


def wrong_key():
    words = assert_fails(lambda: ask("wrong"), RuntimeError)
    assert "401" in words, words
    return words


check("Haystack HuggingFaceTEIRanker, wrong key", wrong_key)
