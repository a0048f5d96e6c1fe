"""voyageai, whose base url is the server's with /voyage/v1."""

import voyageai
from check import assert_fails, assert_ranking, check, documents, key, order, query, url

BASE = f"{url}/voyage/v1"
MODEL = "rerank-2.5"


def ask(key, **more):
    return voyageai.Client(api_key=key, base_url=BASE, max_retries=0).rerank(query, documents, MODEL, **more)


def whole():
    answer = ask(key)
    assert [result.document for result in answer.results] == [documents[i] for i in order]
    assert answer.total_tokens > 0
    return assert_ranking((result.index, result.relevance_score) for result in answer.results)


check("voyageai Client (Python)", whole)
check(
    "voyageai Client (Python), top_k",
    lambda: assert_ranking(((r.index, r.relevance_score) for r in ask(key, top_k=2).results), 2),
)
check(
    "voyageai Client (Python), wrong key",
    lambda: assert_fails(lambda: ask("wrong"), voyageai.error.AuthenticationError),
)
