"""LiteLLM, the router, as a client of three kinds of servers."""

import os

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # otherwise it downloads prices
import litellm  # noqa: E402
from check import assert_fails, assert_ranking, check, documents, key, query, url

litellm.suppress_debug_info = True
# The base of a provider is for some the host, for others the whole path.
BASES = {"cohere": f"{url}/v2/rerank", "jina_ai": f"{url}/v1/rerank", "hosted_vllm": url}


def ask(provider, key, **more):
    return litellm.rerank(
        model=f"{provider}/reranker", query=query, documents=documents, api_key=key, api_base=BASES[provider], **more
    )


def ranking(answer):
    return [(result["index"], result["relevance_score"]) for result in answer.results]


for provider in BASES:
    name = f"LiteLLM {provider}"
    check(name, lambda: assert_ranking(ranking(ask(provider, key))))
    check(f"{name}, top_n", lambda: assert_ranking(ranking(ask(provider, key, top_n=2)), 2))
    check(
        f"{name}, wrong key",
        lambda: assert_fails(lambda: ask(provider, "wrong"), litellm.AuthenticationError),
    )
