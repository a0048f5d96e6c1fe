"""The scorer of a worker host: one `serve --socket`, which all tasks of an application share.

A lock file says whether it lives: the server holds the lock from its start to its end, however it ends. Who finds
the lock free starts the next one. The server ends by itself when no task has been connected for a while.
"""

import fcntl
import hashlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

# From the last connection to the scorer's end. Python workers of Spark keep theirs between tasks.
IDLE_SECONDS = 30
# A request that was lost is sent again, because the scorer may have been killed by somebody else.
ATTEMPTS = 3
# Longer than any request takes: how long a batch may take is the server's business (--hang-timeout).
TIMEOUT_SECONDS = 3600
LOG_LINES = 5


class ScorerUnavailable(Exception):
    """The scorer cannot be started or does not stay up: no row is to blame."""


class RequestRefused(Exception):
    """The scorer answered that it cannot score these pairs."""


class RequestLost(Exception):
    """The scorer or its model ended with the request, several times."""


@dataclass(frozen=True)
class ScorerSpec:
    """How the scorer is started on a worker host; the same for all tasks of an application."""

    command: tuple[str, ...]
    arguments: tuple[str, ...]
    application: str
    # Task slots of an executor; None takes all cores of the host.
    cores: int | None
    # In local-cluster mode each executor stands for a host, and its scorer keeps to cores of its own.
    per_executor: bool

    def folder(self):
        """The scorer's folder, which only this user may enter. Its path is short: a socket's path has a limit."""
        place = os.getcwd() if self.per_executor else ""  # each executor works in a folder of its own
        key = hashlib.sha256(repr((self, place)).encode()).hexdigest()[:12]
        folder = Path(tempfile.gettempdir(), f"tfjs-reranker-{os.getuid()}-{key}")
        folder.mkdir(mode=0o700, exist_ok=True)
        facts = folder.lstat()
        if facts.st_uid != os.getuid() or facts.st_mode & 0o077 or folder.is_symlink():
            raise ScorerUnavailable(f"{folder} must be a folder that only user {os.getuid()} may enter; remove it.")
        return folder


@dataclass(frozen=True)
class Score:
    """What a row gains."""

    logit: float
    relevance_score: float
    tokens: int
    tokens_cut: int


class _SocketConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=TIMEOUT_SECONDS)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Scorer:
    """The client of a task. It may be used by several threads; each has a connection of its own."""

    def __init__(self, spec):
        self._spec = spec
        self._folder = spec.folder()
        self._socket = str(self._folder / "socket")
        self._started = None
        self._own = threading.local()

    def start(self):
        """Starts the scorer unless there is one, and does not wait for it.

        Raises ScorerUnavailable if the command is missing on this host.
        """
        command = self._spec.command
        if shutil.which(command[0]) is None:
            raise ScorerUnavailable(
                f"{command[0]} is not on {socket.gethostname()}. Install tfjs-reranker there, or say with "
                "--scorer-command how it is called."
            )
        lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # it lives
        else:
            self._started = _spawn(self._spec, self._folder, lock)
        finally:
            os.close(lock)

    def score(self, pairs):
        """A Score for each (query, document), or the reason why this pair has none, as a text.

        A request that fails is cut in two, until the pair that is to blame stands alone.
        """
        try:
            return self._post(pairs)
        except RequestRefused as refusal:
            if len(pairs) == 1:
                return [str(refusal)]
        except RequestLost as loss:
            if len(pairs) == 1:
                self._assert_works(loss)
                return [str(loss)]
        half = len(pairs) // 2
        return self.score(pairs[:half]) + self.score(pairs[half:])

    def _assert_works(self, loss):
        """A pair is to blame only if the scorer can score another."""
        try:
            self._post([("a", "a")])
        except (RequestRefused, RequestLost) as error:
            raise ScorerUnavailable(f"The scorer scores nothing: {error} {self._log()}") from loss

    def _post(self, pairs):
        queries, documents = zip(*pairs)
        body = json.dumps({"queries": queries, "documents": documents}, ensure_ascii=False).encode()
        reasons = []
        while len(reasons) < ATTEMPTS:
            try:
                status, retry_after, answer = self._request(body)
            except (OSError, http.client.HTTPException) as error:
                self._own.connection = None
                reasons.append(f"the connection broke ({error!r})")
                self._wait_until_up()
                continue
            if status == 200:
                return [_to_score(item) for item in json.loads(answer)["data"]]
            message = _message_of(answer)
            if status == 429:
                time.sleep(retry_after)  # full, not broken: this is no failed attempt
            elif status == 503:
                reasons.append(message)
                time.sleep(retry_after)
            else:
                raise RequestRefused(f"The scorer answers {status}: {message}")
        raise RequestLost(f"The scorer ended {ATTEMPTS} times while it had this row: {reasons[-1]}")

    def _request(self, body):
        connection = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._wait_until_up()
        connection.request("POST", "/v1/score", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, float(answer.getheader("Retry-After") or 1), answer.read()

    def _wait_until_up(self):
        """Connects. Starts the scorer if there is none, and waits while it loads its model."""
        failed = 0
        while True:
            connection = _SocketConnection(self._socket)
            try:
                connection.connect()
                self._own.connection = connection
                self._started = None  # it came up; if it ends now, that says nothing about a start
                return connection
            except (FileNotFoundError, ConnectionRefusedError, BlockingIOError):  # the last: its queue is full
                pass
            if self._started is not None and self._started.poll() is not None:
                code, self._started = self._started.returncode, None
                failed += 1
                if code > 0 or failed == ATTEMPTS:  # not a signal: it would fail again
                    raise ScorerUnavailable(f"The scorer ended with exit code {code}. {self._log()}")
            self.start()
            time.sleep(0.1)

    def _log(self):
        file = self._folder / "log"
        lines = file.read_text(errors="replace").splitlines()[-LOG_LINES:]
        return f"The last lines of {file} on {socket.gethostname()}:\n" + "\n".join(lines)


def _to_score(item):
    tokens = item["tokens"]
    return Score(item["logit"], item["score"], tokens["used"], tokens["query_cut"] + tokens["document_cut"])


def _message_of(answer):
    try:
        return json.loads(answer)["message"]
    except (ValueError, KeyError, TypeError):
        return answer[:200].decode(errors="replace")


def _spawn(spec, folder, lock):
    """Starts the server; it inherits the lock, and locks of cores, and holds them while it lives."""
    cores = spec.cores or len(os.sched_getaffinity(0))
    cpus, held = _claim_cpus(cores) if spec.per_executor else (None, [])
    backend = spec.arguments[spec.arguments.index("--backend") + 1]
    arguments = [*spec.command, "serve", "--socket", str(folder / "socket"), "--idle-timeout", str(IDLE_SECONDS)]
    arguments += ["--explain", "off", "--request-timeout", str(TIMEOUT_SECONDS), "--max-characters", str(2**26)]
    arguments += ["--max-body-bytes", str(2**28), "--max-open-bytes", str(2**30), *spec.arguments]
    if backend in ("auto", "wasm"):
        arguments += ["--threads", str(cores)]
    # TensorFlow would take all cores of the host.
    threads = {name: str(cores) for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")}
    try:
        with open(folder / "log", "ab") as log:
            log.write(f"# {spec.application}: {arguments}\n".encode())
            log.flush()
            return subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **threads},
                pass_fds=[lock, *held],
                start_new_session=True,  # Spark ends its Python workers by a signal to their group
                preexec_fn=cpus and (lambda: os.sched_setaffinity(0, cpus)),
            )
    finally:
        for file in held:
            os.close(file)


def _claim_cpus(count):
    """`count` cores that no other scorer of this user keeps to, and the locks that say so; none if there are too few."""
    cpus, held = [], []
    for cpu in sorted(os.sched_getaffinity(0)):
        file = os.open(Path(tempfile.gettempdir(), f"tfjs-reranker-{os.getuid()}-cpu-{cpu}"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            continue
        cpus.append(cpu)
        held.append(file)
        if len(cpus) == count:
            return cpus, held
    for file in held:
        os.close(file)
    return None, []
