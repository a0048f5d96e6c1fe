"""score_pairs on a DataFrame, on a real Spark of two workers, with the tiny model; and the job with the embedded one."""

import decimal
import json
import math
import shutil
import subprocess
import sys
import tempfile
import unittest
from datetime import datetime
from pathlib import Path

import support
from pair_scores import score_pairs
from support import CLI, COMMAND, ROOT, some_pairs

# How far a pair's logit may be from its logit among others, in float32.
TOLERANCE = 1e-5


def setUpModule():
    global spark, model
    spark = support.start_session()
    model = support.tiny_model(poisoned="?")


def tearDownModule():
    spark.stop()
    shutil.rmtree(support.HOME, ignore_errors=True)


def scored(rows, columns="id long, query string, document string", **options):
    df = rows if not isinstance(rows, list) else spark.createDataFrame(rows, columns)
    options = {"model": model, "backend": "cpu", "scorer_command": COMMAND, **options}
    return sorted(score_pairs(df, **options).collect(), key=lambda row: row["id"])


def score_alone(pairs, *options):
    """The lines of `score` over these pairs."""
    lines = "".join(json.dumps({"query": query, "document": document}) + "\n" for query, document in pairs)
    done = subprocess.run([*CLI, "score", "--quiet", *options], input=lines, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


class ScorePairsTest(unittest.TestCase):
    def test_rows_and_scores_are_those_of_one_machine_and_each_host_loads_the_model_once(self):
        pairs = some_pairs(300)
        rows = [(2**62 + i, *pair, decimal.Decimal(i) / 8, datetime(2026, 1, 1), [i]) for i, pair in enumerate(pairs)]
        types = "id long, query string, document string, price decimal(20, 3), day timestamp, list array<int>"
        found = scored(rows, types, max_length=38)  # a scorer of its own, because others may have ended meanwhile
        self.assertEqual([tuple(row)[:6] for row in found], rows)
        for row, alone in zip(found, score_alone(pairs, "--model", model, "--backend", "cpu", "--max-length", "38"), strict=True):
            self.assertAlmostEqual(row["logit"], alone["logit"], delta=TOLERANCE)
            self.assertAlmostEqual(row["relevance_score"], 1 / (1 + math.exp(-row["logit"])), delta=1e-12)
            self.assertIsNone(row["error"])
        own = [log for log in support.logs() if "'--max-length', '38'" in log]
        self.assertEqual([log.count("model is up") for log in own], [1, 1])

    def test_a_bad_row_has_an_error_and_its_neighbours_have_scores(self):
        rows = [(i, *pair) for i, pair in enumerate(some_pairs(20))]
        rows += [(20, None, "an"), (21, "he", None), (22, "he", "an ? in"), (23, "", ""), (24, "he", "an " * 350_000)]
        found = scored(rows)
        self.assertEqual(len(found), 25)
        self.assertEqual([row["id"] for row in found if row["logit"] is None], [20, 21, 22])
        self.assertIn("query is null", found[20]["error"])
        self.assertIn("document is null", found[21]["error"])
        self.assertIn("500", found[22]["error"])
        self.assertTrue(all(row["tokens"] > 0 and row["error"] is None for row in found[:20]))
        self.assertGreater(found[24]["tokens_cut"], 300_000)

    def test_bytes_that_are_no_text_are_a_bad_row(self):
        df = spark.createDataFrame([(0, b"he"), (1, b"he \xff")], "id long, bytes binary")
        found = scored(df.selectExpr("id", "cast(bytes as string) query", "'an' document"))
        self.assertEqual([row["logit"] is None for row in found], [False, True])
        self.assertIn("not UTF-8", found[1]["error"])

    def test_a_thousand_tiny_partitions_and_empty_ones(self):
        df = spark.range(0, 40, 1, 1000).selectExpr("id", "'he in' query", "repeat('an ', int(id % 9)) document")
        found = scored(df, partitions=20)
        self.assertEqual([row["id"] for row in found], list(range(40)))
        self.assertTrue(all(row["error"] is None for row in found))
        self.assertEqual(scored(df.where("id < 0")), [])

    def test_other_columns_and_names(self):
        df = spark.createDataFrame([(1, "he", "an", 5)], "id long, `the.query` string, Document string, x int")
        found = scored(df, query_column="the.query", document_column="Document")
        self.assertEqual(tuple(found[0])[:4], (1, "he", "an", 5))
        self.assertIsNotNone(found[0]["logit"])

    def test_columns_that_do_not_fit_are_named_before_anything_runs(self):
        for columns, said in [
            ("id long, question string, document string", 'no column "query"'),
            ("id long, query int, document string", "is of type int"),
            ("id long, query string, document string, Logit int", '"logit" already'),
        ]:
            with self.assertRaisesRegex(ValueError, said):
                score_pairs(spark.createDataFrame([], columns), scorer_command="none")


class JobTest(unittest.TestCase):
    def run_job(self, *arguments, master="local[2]"):
        job = [sys.executable, str(ROOT / "scripts/spark/score_pairs.py"), "--master", master, *arguments]
        return subprocess.run(job, capture_output=True, text=True)

    def test_jsonl_to_parquet_with_bad_rows_apart(self):
        folder = Path(tempfile.mkdtemp())
        pairs = [("capital of France", "Paris is the capital of France."), ("capital of France", "Bananas.")] * 10
        lines = [json.dumps({"query": query, "document": document}) for query, document in pairs]
        (folder / "pairs.jsonl").write_text("\n".join([*lines, '{"query": "q"}', '{"query": '] ))
        places = ["--input", folder / "pairs.jsonl", "--output", folder / "out", "--quarantine", folder / "bad"]
        done = self.run_job(*map(str, places), "--backend", "wasm", "--scorer-command", COMMAND)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("20 pairs scored, 2 bad rows", done.stderr)
        rows = spark.read.parquet(str(folder / "out")).where("logit is not null").collect()
        self.assertEqual(len(rows), 20)
        alone = {line["document"]: line["logit"] for line in score_alone(pairs[:2], "--backend", "wasm")}
        for row in rows:
            self.assertAlmostEqual(row["logit"], alone[row["document"]], delta=TOLERANCE)
        self.assertEqual(spark.read.parquet(str(folder / "bad")).count(), 2)
        again = self.run_job(*map(str, places), "--scorer-command", COMMAND)
        self.assertEqual((again.returncode, "nothing is replaced" in again.stderr), (2, True), again.stderr)

    def test_a_missing_command_ends_it_with_4_before_the_first_row(self):
        folder = Path(tempfile.mkdtemp())
        (folder / "pairs.jsonl").write_text('{"query": "q", "document": "d"}\n')
        done = self.run_job("--input", str(folder / "pairs.jsonl"), "--output", str(folder / "out"), "--scorer-command", "none-such")
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertRegex(done.stderr, r"(?m)^none-such is not on .*--scorer-command")
        self.assertFalse((folder / "out").exists())


if __name__ == "__main__":
    unittest.main()
