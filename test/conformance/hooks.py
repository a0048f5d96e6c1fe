"""What a schema cannot say, and the server rightly refuses: left out of what must be accepted."""

import schemathesis


def pairs_up(body):
    """As many first texts as second ones, or one for all."""
    first, second = (body.get("text_1") or body.get("queries")), (body.get("text_2") or body.get("documents"))
    return not isinstance(first, list) or len(first) == 1 or (isinstance(second, list) and len(first) == len(second))


def has_text(body):
    """Objects among the documents have the fields that make up their text."""
    fields = body.get("rank_fields") or ["text"]
    documents = body.get("documents") or body.get("texts") or []
    if not isinstance(fields, list) or not isinstance(documents, list):
        return True
    return all(
        isinstance(field, str) and isinstance(document.get(field), str)
        for document in documents
        if isinstance(document, dict)
        for field in fields
    )


def ranks_something(context, body):
    """text-embeddings-inference refuses an empty list, which the other dialects of its path take."""
    return context.operation.path != "/rerank" or body.get("texts") != []


@schemathesis.hook
def filter_body(context, body):
    return not isinstance(body, dict) or (
        pairs_up(body) and has_text(body) and ranks_something(context, body)
    )
