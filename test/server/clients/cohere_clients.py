"""cohere, both of its clients."""

import cohere
from check import assert_fails, assert_ranking, check, documents, key, order, query, url

MODEL = "rerank-v3.5"


def ranking(answer):
    return [(result.index, result.relevance_score) for result in answer.results]


for Client in (cohere.Client, cohere.ClientV2):
    name = f"cohere {Client.__name__} (Python)"
    client = Client(key, base_url=url)
    ask = lambda client, **more: client.rerank(model=MODEL, query=query, documents=documents, **more)  # noqa: E731
    check(name, lambda: assert_ranking(ranking(ask(client))))
    check(f"{name}, top_n", lambda: assert_ranking(ranking(ask(client, top_n=2)), 2))

    def meta():
        answer = ask(client)
        assert answer.meta.billed_units.search_units == 1, answer.meta
        return f"version {answer.meta.api_version.version}, {answer.meta.tokens}, {answer.meta.warnings}"

    check(f"{name}, meta", meta)
    stranger = Client("wrong", base_url=url)
    check(f"{name}, wrong key", lambda: assert_fails(lambda: ask(stranger), cohere.UnauthorizedError))
    check(f"{name}, top_n of none", lambda: assert_fails(lambda: ask(client, top_n=-1), cohere.BadRequestError))


def returned():
    client = cohere.Client(key, base_url=url)
    objects = [{"text": text} for text in documents]
    answer = client.rerank(model=MODEL, query=query, documents=objects, return_documents=True)
    texts = [result.document.text for result in answer.results]
    assert texts == [documents[i] for i in order], texts
    return texts[0]


check("cohere Client (Python), documents come back", returned)
