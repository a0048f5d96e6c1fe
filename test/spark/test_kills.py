"""A scorer and an executor are killed in mid-job: the result is that of an undisturbed run."""

import os
import shutil
import signal
import subprocess
import threading
import unittest

import support
from pair_scores import score_pairs
from support import COMMAND, some_pairs, until


def setUpModule():
    global spark
    spark = support.start_session()


def tearDownModule():
    spark.stop()
    shutil.rmtree(support.HOME, ignore_errors=True)


def find(*how):
    """A process of this test; `how` are arguments of pgrep."""
    return subprocess.run(["pgrep", *how], capture_output=True, text=True, check=True).stdout.split()[0]


def a_scorer(model):
    return find("-f", "--", f"--socket {support.HOME}/.* --model {model}")


def a_model(model):
    return find("-P", a_scorer(model))


def an_executor(_model):
    return find("-f", f"CoarseGrainedExecutorBackend.*{spark.sparkContext.applicationId}")


def answers():
    return sum(log.count('"answered"') for log in support.logs())


def starts():
    return sum(log.count("model is up") for log in support.logs())


class KillTest(unittest.TestCase):
    def run_and_kill(self, choose):
        """Scores 600 pairs in 60 tasks; when some requests are answered, a process is killed."""
        before = answers()
        rows = [(i, *pair) for i, pair in enumerate(some_pairs(600))]
        df = spark.createDataFrame(rows, "id long, query string, document string")
        model = support.tiny_model()
        scored = score_pairs(df, model=model, backend="cpu", scorer_command=COMMAND, partitions=60)
        found = []
        job = threading.Thread(target=lambda: found.extend(scored.collect()))
        job.start()
        until(lambda: answers() >= before + 5)
        at_kill = answers() - before
        os.kill(int(choose(model)), signal.SIGKILL)
        job.join()
        self.assertLess(at_kill, 60, "the job was over before the kill")
        self.assertEqual(sorted((row["id"], row["query"], row["document"]) for row in found), rows)
        self.assertEqual([row for row in found if row["error"] is not None or row["logit"] is None], [])

    def test_scorer(self):
        before = starts()
        self.run_and_kill(a_scorer)
        self.assertEqual(starts() - before, 3)

    def test_model_of_a_scorer(self):
        """The server lives and starts its model again."""
        before = starts()
        self.run_and_kill(a_model)
        self.assertEqual(starts() - before, 3)

    def test_executor(self):
        self.run_and_kill(an_executor)


if __name__ == "__main__":
    unittest.main()
