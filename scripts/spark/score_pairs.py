"""Scores a table of pairs on Apache Spark: Parquet or JSONL in, Parquet out. See README.md.

    python scripts/spark/score_pairs.py --master "local-cluster[2,1,2048]" --input PAIRS.parquet --output SCORED.parquet
    spark-submit --py-files scripts/spark/scorer.py,scripts/spark/pair_scores.py scripts/spark/score_pairs.py --input ...

Exit codes are those of the command line: 0 success, 2 arguments or input, 4 scorer or cluster.
"""

import argparse
import os
import sys
import time
from pathlib import Path

import pyspark
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from pair_scores import score_pairs

UNAVAILABLE = "scorer.ScorerUnavailable: "


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(description="Score pairs of query and document on Apache Spark.")
    parser.add_argument("--master", help="Spark's master; default: that of spark-submit")
    parser.add_argument("--input", required=True, help="Parquet or JSONL: a file, folder or pattern")
    parser.add_argument("--input-format", choices=["parquet", "jsonl"], help="default: by the ending; else parquet")
    parser.add_argument("--output", required=True, help="Parquet folder, which must not be there yet")
    parser.add_argument("--quarantine", help="Parquet folder for the rows that cannot be scored")
    parser.add_argument("--query-column", default="query")
    parser.add_argument("--document-column", default="document")
    parser.add_argument("--model", help="folder or hub name, as a worker host sees it; default: the embedded model")
    parser.add_argument("--dtype", default="float32", choices=["float32", "bfloat16", "int8"])
    parser.add_argument("--backend", default="auto", choices=["auto", "node", "wasm", "cpu"])
    parser.add_argument("--activation", default="sigmoid", choices=["sigmoid", "identity", "model"])
    parser.add_argument("--max-length", type=int, help="most tokens of a pair; default: the model's limit")
    parser.add_argument(
        "--scorer-command", default="tfjs-reranker", help="how the command is called on a worker host (%(default)s)"
    )
    parser.add_argument("--partitions", type=int, help="number of tasks; default: by the lengths of the texts")
    parser.add_argument("--tokens-per-task", type=int, default=500_000, help="about how many (%(default)s)")
    return parser.parse_args(arguments)


def main(arguments=None):
    options = parse_arguments(arguments)
    started = time.monotonic()
    # local-cluster mode starts its workers from Spark's folder; a pip installation does not name it.
    os.environ.setdefault("SPARK_HOME", str(Path(pyspark.__file__).parent))
    if (options.master or "").startswith("local"):
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # not the first Python of PATH, which may lack pyarrow
    builder = SparkSession.builder.appName("tfjs-reranker")
    if options.master:
        builder = builder.master(options.master)
    spark = builder.getOrCreate()
    try:
        spark.sparkContext.setLogLevel("ERROR")
        summary = run(spark, options)
        seconds = time.monotonic() - started
        print(f"{summary}; {seconds:.0f} s, Spark's start included", file=sys.stderr)
        return 0
    except (AnalysisException, ValueError) as error:
        print(str(error).splitlines()[0], file=sys.stderr)
        return 2
    except Exception as error:  # pyspark has one class for every failure of a job
        print(describe(error), file=sys.stderr)
        return 4
    finally:
        spark.stop()


def run(spark, options):
    for path in filter(None, [options.output, options.quarantine]):
        if exists(spark, path):
            raise ValueError(f"{path} exists, and nothing is replaced. Give another path, or remove it first.")
    scored = score_pairs(
        read(spark, options),
        query_column=options.query_column,
        document_column=options.document_column,
        model=options.model,
        dtype=options.dtype,
        backend=options.backend,
        activation=options.activation,
        max_length=options.max_length,
        scorer_command=options.scorer_command,
        partitions=options.partitions,
        tokens_per_task=options.tokens_per_task,
    )
    scored.write.parquet(options.output)
    written = spark.read.parquet(options.output)
    if options.quarantine:
        written.where("error is not null").drop(*["logit", "relevance_score", "tokens", "tokens_cut"]).write.parquet(
            options.quarantine
        )
    rows, good, tokens, cut = written.agg(
        F.count("*"), F.count("logit"), F.sum("tokens"), F.count_if(F.col("tokens_cut") > 0)
    ).first()
    return f"{good} pairs scored, {rows - good} bad rows; {tokens or 0} tokens, {cut} pairs cut"


def read(spark, options):
    by_ending = "jsonl" if options.input.lower().endswith((".jsonl", ".ndjson", ".json")) else "parquet"
    if (options.input_format or by_ending) == "parquet":
        return spark.read.parquet(options.input)
    return spark.read.json(options.input)


def exists(spark, path):
    """On any file system that Spark knows."""
    path = spark.sparkContext._jvm.org.apache.hadoop.fs.Path(path)
    return path.getFileSystem(spark.sparkContext._jsc.hadoopConfiguration()).exists(path)


def describe(error):
    """What a person needs of an error of Spark: the scorer's own words, or the first line."""
    python, *_ = str(error).split("\n\tat ", 1)  # what follows is the stack of the JVM
    if UNAVAILABLE in python:
        words = python.split(UNAVAILABLE, 1)[1].strip()
        return words.split("\n\n", 1)[0]
    lines = [line for line in python.splitlines() if line.strip() and not line.startswith(" ")]
    return "The job failed: " + (" ... ".join([lines[0], lines[-1]]) if lines else repr(error))


if __name__ == "__main__":
    sys.exit(main())
