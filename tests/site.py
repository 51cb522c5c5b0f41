"""Runs the project's commands and its site as a newcomer would: as processes of their own."""

import contextlib
import http.client
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60  # seconds, until a process that does not answer fails the test


def environment(**changes) -> dict[str, str]:
    """This process's environment, less what the tests' settings say."""
    of_tests = {"DJANGO_SETTINGS_MODULE", "DATA_DIR", "DATABASE_URL"}
    own = {name: value for name, value in os.environ.items() if name not in of_tests}
    return own | {name: str(value) for name, value in changes.items()}


def run(*arguments: str, patience: float = PATIENCE, **changes) -> subprocess.CompletedProcess:
    """`manage.py` with these arguments; keywords are environment variables."""
    return subprocess.run(
        [sys.executable, ROOT / "manage.py", *arguments],
        env=environment(**changes),
        capture_output=True,
        text=True,
        timeout=patience,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def certificate(folder: Path, host: str) -> Path:
    """Key and certificate of the host, signed by itself, in one file."""
    file, public = folder / "certificate.pem", folder / "public.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={host}"]
    command += ["-addext", f"subjectAltName=DNS:{host}", "-keyout", file, "-out", public]
    subprocess.run(command, check=True, capture_output=True)
    file.write_text(file.read_text() + public.read_text())
    return file


def children(pid: int) -> list[int]:
    """The processes that a process started (Linux)."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wait_for(ask, *, what: str):
    """What `ask` gives, once it gives something; `what` is said when it never does."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if found := ask():
            return found
        time.sleep(0.02)
    raise AssertionError(what)


class Site:
    """`manage.py serve`, started and answering. What it prints and logs is in `output()`."""

    def __init__(self, data_dir: Path, **changes):
        self.data_dir = data_dir
        self.port = free_port()
        self.environment = {"DATA_DIR": data_dir, "PORT": self.port} | changes
        self.url = f"http://127.0.0.1:{self.port}"
        self.staff_url = f"http://localhost:{self.port}/admin/"
        self._log = data_dir.with_name("serve.log")
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, ROOT / "manage.py", "serve"],
                env=environment(**self.environment),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.web_pid = self.sweeper_pid = None
        self._wait_for_answer()
        if sys.platform == "linux":
            self.web_pid, self.sweeper_pid = self.child("gunicorn"), self.child("sweep")

    def child(self, word: str, besides: int | None = None) -> int:
        """The child whose command has this word, once one runs (Linux). `besides`: one that is not meant."""
        return wait_for(lambda: self._child(word, besides), what=f"no {word} runs")

    def _child(self, word: str, besides: int | None) -> int | None:
        for pid in children(self.process.pid):
            with contextlib.suppress(OSError):
                if pid != besides and word in Path(f"/proc/{pid}/cmdline").read_text().split("\0"):
                    return pid
        return None

    def _wait_for_answer(self) -> None:
        until = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < until:
            with contextlib.suppress(ConnectionError):
                self.get("/healthz")
                return
            time.sleep(0.05)
        self.end()
        raise AssertionError(self.output())

    def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        return self._ask("GET", path, None, headers)

    def post(self, path: str, **sent: str) -> tuple[int, bytes]:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", path, urllib.parse.urlencode(sent), form)

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> tuple[int, bytes]:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as connection:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def output(self) -> str:
        return self._log.read_text()

    @property
    def first_link(self) -> str:
        """The printed sign-up link for the first account."""
        return re.search(r"http://localhost:\d+/account/invited/\S+", self.output())[0]

    def invite(self, *roles: str) -> str:
        """A sign-up link for one more account."""
        named = [word for role in roles for word in ("--role", role)]
        return run("staff_invite", *named, **self.environment).stdout.strip()

    def reset(self, username: str) -> str:
        """A link for who lost password or second step."""
        return run("staff_invite", "--reset", username, **self.environment).stdout.strip()

    def nothing_runs(self, *, within: float = 0) -> bool:
        """All that was started reads from the same pipe, which breaks when the last of them has gone."""
        last = select.poll()
        last.register(self.process.stdin, 0)
        return bool(last.poll(within * 1000))

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.process.stdin.close()
        for pid in filter(None, (self.web_pid, self.sweeper_pid)):
            with contextlib.suppress(ProcessLookupError):  # as it should be: it ended with the process that watches it
                os.killpg(pid, signal.SIGKILL)
