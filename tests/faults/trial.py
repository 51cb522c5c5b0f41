"""One trial: a real site, a crowd that presses, something that breaks and is mended, then both stores are compared."""

import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from reentry_site import data_dir
from tests.faults.clients import Crowd, people
from tests.site import PATIENCE, ROOT, Site, children, environment

#: What must be 0, whatever breaks.
PROMISES = ("lost", "doubled", "false", "half", "dead codes", "left in the spool", "forgot", "odd", "gave up")

DRAINS = 20


@dataclass
class Result:
    counts: dict[str, int]  # how presses ended, and what the stores say
    slowest: float  # seconds until the slowest answer
    took: float

    def broken(self) -> dict[str, int]:
        """Which promises were broken, and how often."""
        return {name: self.counts[name] for name in PROMISES if self.counts.get(name)}


class Trial:
    """What a fault gets to break: the running site, its files, and the crowd."""

    def __init__(self, data: Path, crowd_size: int, twice: bool = True, server=None, **changes):
        self.data = data
        self.server = server  # PostgreSQL, where the trial is about it
        self.database = data / data_dir.DATABASE
        self.spool = Path(changes.get("SPOOL_DIR", data / data_dir.SPOOL)) / data_dir.SPOOL_FILE
        self.spooled = 0  # how many waited there before each mending
        self.changes = changes
        self.site = Site(data, **changes)
        self.crowd = Crowd(self.site, people(crowd_size), twice=twice)

    @classmethod
    def run(cls, set_up: Path, data: Path, fault: Callable[["Trial"], None], crowd_size: int, **changes) -> Result:
        began = time.monotonic()
        shutil.copytree(set_up, data, dirs_exist_ok=True)
        trial = cls(data, crowd_size, **changes)
        try:
            with trial.crowd:
                fault(trial)
            counts = dict(trial.crowd.counts) | trial.compare()
            counts["spooled"] = max(trial.spooled, counts["waited"])
        finally:
            trial.site.end()
        return Result(counts, max(trial.crowd.times), time.monotonic() - began)

    def workers(self) -> list[int]:
        return children(self.site.web_pid)

    def kill_a_worker(self) -> None:
        while not (running := self.workers()):
            os.sched_yield()
        os.kill(random.choice(running), signal.SIGKILL)  # noqa: S311 (no secret)

    def restart(self) -> None:
        """The site was ended; the crowd goes on at the new one."""
        assert self.site.nothing_runs(within=PATIENCE)
        self.site.end()
        self.site = self.crowd.site = Site(self.data, **self.changes)

    def count_spooled(self) -> None:
        """To be called while it is still broken: afterwards the sweeper is at work."""
        self.spooled += self.in_spool()

    def in_spool(self) -> int:
        """Read only, so that a spool that was moved away is not made anew. One that nobody used yet has no table."""
        try:
            with contextlib.closing(sqlite3.connect(f"file:{self.spool}?mode=ro", uri=True, timeout=PATIENCE)) as spool:
                return spool.execute("SELECT count(*) FROM waiting").fetchone()[0]
        except sqlite3.OperationalError:
            return 0

    def drain(self) -> None:
        """Beside the sweeper, and again where the crowd kept it from the database for too long."""
        assert any(self.begin_to_drain().wait() == 0 for _ in range(DRAINS))

    def begin_to_drain(self) -> subprocess.Popen:
        return self._stores("drain", stderr=subprocess.DEVNULL)

    def compare(self) -> dict[str, int]:
        process = self._stores("compare", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        said, _ = process.communicate(json.dumps([asdict(person) for person in self.crowd.people]))
        assert process.returncode == 0
        return json.loads(said)

    def _stores(self, verb: str, **pipes) -> subprocess.Popen:
        own = environment(**{"DATA_DIR": self.data} | self.changes)
        return subprocess.Popen([sys.executable, "-m", "tests.faults.stores", verb], cwd=ROOT, env=own, **pipes)
