"""A PostgreSQL server of the trial's own: in a temporary folder, on a socket in it, on no network address."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

from tests.faults.breaking import CannotBreak, frozen
from tests.site import PATIENCE, children

ACCOUNT = "postgres" if os.geteuid() == 0 else None  # the server does not run as root


def programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise CannotBreak("needs a PostgreSQL server")
    return found[-1].parent


class Server:
    def __init__(self) -> None:
        self._programs = programs()
        self.folder = Path(tempfile.mkdtemp(prefix="the-way-back-postgres-"))
        if ACCOUNT:
            shutil.chown(self.folder, ACCOUNT)
        self._run("initdb", "-D", self.folder / "data", "-U", "trial", "-A", "trust", "-E", "UTF8")
        self.start()

    def url(self, name: str) -> str:
        """Of a new, empty database."""
        self._run("createdb", "-h", self.folder, "-U", "trial", name)
        return f"postgres://trial@{quote(str(self.folder), safe='')}/{name}"

    def sql(self, name: str, statement: str) -> str:
        """What a query of this database gives, as text."""
        command = [self._programs / "psql", "-h", self.folder, "-U", "trial", "-At", "-c", statement, name]
        return subprocess.run(command, check=True, user=ACCOUNT, cwd="/", capture_output=True, text=True).stdout.strip()

    @property
    def pid(self) -> int:
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

    def start(self) -> None:
        """After a kill its processes go one by one: until the last has gone there is no start."""
        options = f"-k {self.folder} -c listen_addresses='' -c max_connections=50"
        log = self.folder / "log"
        for _ in range(PATIENCE):
            with contextlib.suppress(subprocess.CalledProcessError):
                self._run("pg_ctl", "start", "-w", "-D", self.folder / "data", "-l", log, "-o", options)
                return
        raise AssertionError(log.read_text())

    def stop(self, mode: str) -> None:
        self._run("pg_ctl", "stop", "-w", "-D", self.folder / "data", "-m", mode)

    @contextlib.contextmanager
    def stopped(self, mode: str):
        """`fast` ends each connection, `immediate` as a crash does, `kill` is kill -9."""
        if mode == "kill":
            os.kill(self.pid, signal.SIGKILL)
        else:
            self.stop(mode)
        try:
            yield
        finally:
            self.start()

    @contextlib.contextmanager
    def paused(self):
        """It takes connections, and says nothing."""
        with frozen([self.pid, *children(self.pid)]):
            yield

    def close(self) -> None:
        self.stop("immediate")
        shutil.rmtree(self.folder)

    def _run(self, program: str, *arguments) -> None:
        command = [self._programs / program, *arguments]
        subprocess.run(command, check=True, user=ACCOUNT, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
