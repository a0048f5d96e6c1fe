"""`score_pairs(df, ...)`: a DataFrame of pairs with their scores, for notebooks and jobs.

    from pair_scores import score_pairs
    scored = score_pairs(df, model="BAAI/bge-reranker-base", scorer_command="tfjs-reranker")
"""

import math
import re
import shlex
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Iterator, Tuple

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import DoubleType, IntegerType, StringType, StructField, StructType

import scorer
from scorer import Score, Scorer, ScorerSpec

SCORE_TYPE = StructType(
    [
        StructField("logit", DoubleType()),
        StructField("relevance_score", DoubleType()),
        StructField("tokens", IntegerType()),
        StructField("tokens_cut", IntegerType()),
        StructField("error", StringType()),
    ]
)
ARROW_TYPE = pa.struct(
    [
        ("logit", pa.float64()),
        ("relevance_score", pa.float64()),
        ("tokens", pa.int32()),
        ("tokens_cut", pa.int32()),
        ("error", pa.string()),
    ]
)

# English and Chinese in UTF-8 both have about four bytes a token.
BYTES_PER_TOKEN = 4
# Beyond this a text is cut by most models, and costs no more.
MAX_ROW_BYTES = 512 * BYTES_PER_TOKEN
# What one request holds at most. The scorer makes its batches across requests.
REQUEST_BYTES, REQUEST_ROWS, REQUEST_TEXT_BYTES = 8192 * BYTES_PER_TOKEN, 256, 2**20
# While one request is computed, the next is tokenized.
REQUESTS_AT_ONCE = 2
TASKS_PER_CORE = 4
MAX_TASKS = 50_000


def score_pairs(
    df: DataFrame,
    *,
    query_column="query",
    document_column="document",
    model=None,
    dtype="float32",
    backend="auto",
    activation="sigmoid",
    max_length=None,
    scorer_command="tfjs-reranker",
    partitions=None,
    tokens_per_task=500_000,
) -> DataFrame:
    """The rows of `df`, in another order, with `logit`, `relevance_score`, `tokens`, `tokens_cut` and `error`.

    A row that cannot be scored has an `error` and no score. Identical pairs are computed once in most cases. Without
    `partitions` the texts' lengths are counted first, which computes `df` once more.

    Raises ValueError for columns that are missing, no strings, or in the way; pyspark's errors if a worker host
    cannot start the scorer.
    """
    _assert_columns(df, query_column, document_column)
    context = df.sparkSession.sparkContext
    for module in (scorer.__file__, __file__):
        context.addPyFile(str(Path(module).resolve()))
    arguments = ["--backend", backend, "--dtype", dtype, "--activation", activation]
    arguments += ["--model", model] if model else []
    arguments += ["--max-length", str(max_length)] if max_length else []
    cores, per_executor = _cores_of(context)
    command = tuple(shlex.split(scorer_command))
    spec = ScorerSpec(command, tuple(arguments), context.applicationId, cores, per_executor)
    start_scorers(context, spec)
    query, document = (F.col(f"`{name}`") for name in (query_column, document_column))
    cost = F.least(F.coalesce(F.octet_length(query) + F.octet_length(document), F.lit(0)), F.lit(MAX_ROW_BYTES))
    if partitions is None:
        partitions = _count_tasks(df, cost, context.defaultParallelism, tokens_per_task)
    # By a hash, so that tasks get equal shares of long and short, and identical pairs meet; then by length, so that
    # little is padded.
    key = F.xxhash64(query, document)
    spread = df.repartition(partitions, key).sortWithinPartitions(cost.desc(), key)
    scored = spread.withColumn("__score", _scoring_udf(spec)(query, document))
    return scored.select(*(F.col(f"`{name}`") for name in df.columns), "__score.*")


def start_scorers(context, spec):
    """Starts the scorers while Spark reads. A host that cannot fails here, before the first row."""
    slots = context.defaultParallelism
    context.parallelize(range(slots), slots).foreachPartition(lambda _: Scorer(spec).start())


def _assert_columns(df, query_column, document_column):
    types = dict(df.dtypes)
    for name in (query_column, document_column):
        if name not in types:
            raise ValueError(f'The input has no column "{name}". It has {", ".join(df.columns)}.')
        if types[name] != "string":
            raise ValueError(f'The column "{name}" is of type {types[name]}; a string is needed.')
    lower = {name.lower() for name in df.columns}
    for field in SCORE_TYPE.names:
        if field in lower:
            raise ValueError(f'The input has a column "{field}" already. Rename or drop it first.')


def _cores_of(context):
    """Task slots of an executor, as far as the driver knows, and whether each executor stands for a host."""
    cluster = re.fullmatch(r"local-cluster\[\s*\d+\s*,\s*(\d+)\s*,\s*\d+\s*\]", context.master)
    if cluster:
        return int(cluster[1]), True
    if context.master.startswith("local"):
        return context.defaultParallelism, False
    cores = context.getConf().get("spark.executor.cores")
    return (int(cores) if cores else None), False


def _count_tasks(df, cost, slots, tokens_per_task):
    rows, size = df.agg(F.count("*"), F.sum(cost)).first()
    by_size = math.ceil((size or 0) / BYTES_PER_TOKEN / tokens_per_task)
    at_least = min(TASKS_PER_CORE * slots, math.ceil(rows / 16))
    return max(1, min(MAX_TASKS, max(by_size, at_least)))


def _scoring_udf(spec):
    @F.arrow_udf(SCORE_TYPE)
    def score(batches: Iterator[Tuple[pa.Array, pa.Array]]) -> Iterator[pa.Array]:
        yield from score_batches(batches, Scorer(spec))

    return score.asNondeterministic()  # else Spark may compute a score again for each use of its fields


def score_batches(batches, client):
    """Scores columns of texts. While a batch is computed, the next is read."""
    with ThreadPoolExecutor(REQUESTS_AT_ONCE) as threads:
        waiting = deque()
        try:
            for queries, documents in batches:
                rows = list(zip(_texts_of(queries), _texts_of(documents), _sizes_of(queries, documents)))
                waiting.append([(rows, threads.submit(_score_rows, client, rows)) for rows in cut_requests(rows)])
                if len(waiting) > 1:
                    yield _to_arrow(waiting.popleft())
            while waiting:
                yield _to_arrow(waiting.popleft())
        finally:
            threads.shutdown(wait=False, cancel_futures=True)


def cut_requests(rows):
    """Cuts (query, document, bytes) into lists of about one size; a row that is too large is a list of its own."""
    request, cost, size = [], 0, 0
    for row in rows:
        row_cost = min(row[2], MAX_ROW_BYTES)
        too_large = cost + row_cost > REQUEST_BYTES or size + row[2] > REQUEST_TEXT_BYTES
        if request and (too_large or len(request) == REQUEST_ROWS):
            yield request
            request, cost, size = [], 0, 0
        request.append(row)
        cost += row_cost
        size += row[2]
    if request:
        yield request


def _score_rows(client, rows):
    """A Score or a reason for each row."""
    problems = [_problem_of(query, document) for query, document, _ in rows]
    good = [(query, document) for (query, document, _), problem in zip(rows, problems) if problem is None]
    scores = iter(client.score(good) if good else [])
    return [next(scores) if problem is None else problem for problem in problems]


def _problem_of(query, document):
    for name, text in (("query", query), ("document", document)):
        if not isinstance(text, str):
            return f"The {name} is {'null' if text is None else 'not UTF-8'}; a text is needed."
    return None


def _texts_of(column):
    try:
        return column.to_pylist()
    except UnicodeDecodeError:
        return [_decode(value) for value in column.cast(pa.binary()).to_pylist()]


def _decode(value):
    try:
        return value.decode() if value is not None else None
    except UnicodeDecodeError:
        return value


def _sizes_of(queries, documents):
    lengths = pc.add(pc.binary_length(queries), pc.binary_length(documents))
    return pc.fill_null(lengths, 0).to_pylist()


def _to_arrow(requests):
    results = [result for _, future in requests for result in future.result()]
    return pa.array(
        [
            {**vars(result), "error": None} if isinstance(result, Score) else {"error": result}
            for result in results
        ],
        ARROW_TYPE,
    )
