"""The client of the scorer, against a fake one; and how a task cuts its rows into requests. No Spark."""

import os
import re
import signal
import subprocess
import sys
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import support
from pair_scores import REQUEST_BYTES, REQUEST_ROWS, REQUEST_TEXT_BYTES, cut_requests
from scorer import Scorer, ScorerSpec, ScorerUnavailable

FAKE = str(Path(__file__).with_name("fake_scorer.py"))


def pairs(*documents):
    return [("q", document) for document in documents]


class ScorerTest(unittest.TestCase):
    def setUp(self):
        command = (sys.executable, FAKE)
        self.spec = ScorerSpec(command, ("--backend", "wasm"), self.id().rsplit(".", 1)[1], 1, False)
        self.folder = self.spec.folder()
        self.addCleanup(self.kill)

    def pids(self):
        found = subprocess.run(["pgrep", "-f", "--", f"--socket {self.folder}/"], capture_output=True, text=True).stdout
        return [int(pid) for pid in found.split()]

    def kill(self):
        for pid in self.pids():
            os.kill(pid, signal.SIGKILL)

    def starts(self):
        return (self.folder / "log").read_text().count("model is up")

    def test_scores_after_a_refusal_for_being_full(self):
        first, second = Scorer(self.spec).score(pairs("abc", "de"))
        self.assertEqual((first.logit, first.relevance_score, first.tokens, first.tokens_cut), (3, 0.5, 4, 3))
        self.assertEqual(second.logit, 2)

    def test_many_clients_start_one(self):
        with ThreadPoolExecutor(8) as threads:
            results = list(threads.map(lambda n: Scorer(self.spec).score(pairs("a" * n)), range(1, 17)))
        self.assertEqual([result[0].logit for result in results], list(range(1, 17)))
        self.assertEqual(self.starts(), 1)

    def test_only_its_user_may_enter_its_folder(self):
        self.assertEqual(self.folder.stat().st_mode & 0o777, 0o700)
        self.folder.chmod(0o755)
        with self.assertRaisesRegex(ScorerUnavailable, "only user"):
            Scorer(self.spec)
        self.folder.chmod(0o700)

    def test_a_refused_row_stands_alone(self):
        results = Scorer(self.spec).score(pairs("a", "bb", "refuse", "dddd", "eeeee"))
        self.assertEqual([getattr(result, "logit", None) for result in results], [1, 2, None, 4, 5])
        self.assertEqual(results[2], "The scorer answers 500: The model failed.")

    def test_a_row_that_ends_the_scorer_stands_alone(self):
        results = Scorer(self.spec).score(pairs("a", "crash", "ccc"))
        self.assertEqual([getattr(result, "logit", None) for result in results], [1, None, 3])
        self.assertIn("ended 3 times", results[1])

    def test_it_is_started_again_after_a_kill(self):
        client = Scorer(self.spec)
        client.score(pairs("a"))
        self.kill()
        self.assertEqual(client.score(pairs("ab"))[0].logit, 2)
        self.assertEqual(self.starts(), 2)

    def test_one_that_does_not_start_is_an_error_with_its_last_words(self):
        (self.folder / "broken").touch()
        with self.assertRaisesRegex(ScorerUnavailable, "exit code 1(.|\n)*the model is broken"):
            Scorer(self.spec).score(pairs("a"))

    def test_a_missing_command_is_named(self):
        spec = ScorerSpec(("no-such-command",), ("--backend", "wasm"), "missing", 1, False)
        with self.assertRaisesRegex(ScorerUnavailable, re.escape("--scorer-command")):
            Scorer(spec).start()


class CutRequestsTest(unittest.TestCase):
    def test_requests_hold_all_rows_in_order_within_the_limits(self):
        rows = [("q", str(i), 1 + (i * 7919) % 5000) for i in range(3000)] + [("q", "large", 2**22), ("q", "", 0)]
        requests = list(cut_requests(rows))
        self.assertEqual([row for request in requests for row in request], rows)
        for request in requests:
            self.assertLessEqual(len(request), REQUEST_ROWS)
            self.assertLessEqual(sum(min(size, 2048) for *_, size in request), REQUEST_BYTES)
            self.assertTrue(len(request) == 1 or sum(size for *_, size in request) <= REQUEST_TEXT_BYTES)
        self.assertLess(len(requests), 300)

    def test_no_rows_are_no_request(self):
        self.assertEqual(list(cut_requests([])), [])


if __name__ == "__main__":
    unittest.main()
