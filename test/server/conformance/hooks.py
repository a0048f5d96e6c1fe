"""Rules that a schema cannot express, and that the server rightly enforces: such requests need not be accepted."""

import schemathesis


def pairs_up(body):
    """As many first texts as second texts, or one for all."""
    first, second = (
        next((body[name] for name in names if body.get(name) is not None), None)
        for names in (("text_1", "queries", "data_1"), ("text_2", "documents", "data_2", "items"))
    )
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


def windows_move_on(body):
    """Neighbouring windows share fewer tokens than a window has: here at most 508 minus the query."""
    try:
        return not body.get("max_chunks_per_doc") or int(body.get("overlap_tokens") or 0) < 64
    except (TypeError, ValueError):
        return True


@schemathesis.hook
def filter_body(context, body):
    return not isinstance(body, dict) or (
        pairs_up(body) and has_text(body) and ranks_something(context, body) and windows_move_on(body)
    )
