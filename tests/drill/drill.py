"""The drill: a site is backed up while people press, comes back in another DATA_DIR, and is compared row by row."""

import json
import shutil
import subprocess
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from tests.faults.clients import Crowd, people
from tests.faults.trial import PROMISES
from tests.site import ROOT, Site, environment, run

#: Nothing waits longer than this for one command (seconds).
LONGEST = 300


@dataclass
class Report:
    """`wrong`: what must be empty. `took`: seconds by step."""

    rows: int = 0
    confirmed_before: int = 0
    confirmed_meanwhile: int = 0
    size: int = 0
    slowest: float = 0
    took: dict[str, float] = field(default_factory=dict)
    wrong: dict[str, object] = field(default_factory=dict)


class Drill:
    """`urls`: of two databases, where it is not SQLite; the second need not be there yet."""

    def __init__(self, set_up: Path, base: Path, *, count: int, crowd: int, urls: tuple[str, str] | None = None):
        self.base, self.count, self.report = base, count, Report()
        shutil.copytree(set_up, base / "first")
        self.first, self.second = (
            {"DATA_DIR": base / name} | ({"DATABASE_URL": urls[number]} if urls else {})
            for number, name in enumerate(("first", "second"))
        )
        self.people, self.file = people(crowd), base / "backup.tar"

    def run(self) -> Report:
        if "DATABASE_URL" in self.first:
            self._timed("set-up", "serve", "--setup-only", **self.first)
        self._timed("made", "make_requests", "--count", str(self.count), **self.first)
        self._timed("swept", "sweep", "--once", **self.first)  # what is due now changes nothing later
        before = self._rows("before", self.first)
        thanked = self._back_up_under_load()
        self._take_the_keys_along()
        self._timed("restored", "restore", str(self.file), PORT=1, **self.second)
        self._compare(before, thanked)
        return self.report

    def _back_up_under_load(self) -> list[dict]:
        """The people who were thanked before it began, with their tokens."""
        site = Site(self.first["DATA_DIR"], **{k: v for k, v in self.first.items() if k != "DATA_DIR"})
        try:
            with Crowd(site, self.people, threads=4) as crowd:
                crowd.wait_for("confirmed", len(self.people) // 4)
                thanked = [asdict(replace(person, thanked=list(person.thanked))) for person in self.people]
                self._timed("backed up", "backup", str(self.file), **self.first)
                confirmed = crowd.counts["confirmed"]
        finally:
            site.end()
        self.report.confirmed_before = sum(len(person["thanked"]) for person in thanked)
        self.report.confirmed_meanwhile = confirmed - self.report.confirmed_before
        self.report.size, self.report.slowest = self.file.stat().st_size, max(crowd.times)
        self.report.wrong["presses"] = {name: crowd.counts[name] for name in PROMISES if crowd.counts[name]}
        return thanked

    def _take_the_keys_along(self) -> None:
        for name in ("keys", "secrets"):
            shutil.copytree(self.base / "first" / name, self.base / "second" / name)

    def _compare(self, before: Counter, thanked: list[dict]) -> None:
        """All that was there before is there, byte by byte; and nothing is there that is not in the first one."""
        self._timed("drained", "sweep", "--once", **self.first)
        after, restored = self._rows("after", self.first), self._rows("restored", self.second)
        more = Counter(line.partition(" ")[0] for line in (restored - after).elements())
        self.report.rows = restored.total()
        self.report.wrong["missing"] = Counter(line.partition(" ")[0] for line in (before - restored).elements())
        self.report.wrong["from nowhere"] = more - Counter({"record_entry": 1})  # that it was restored
        self.report.wrong["promises"] = self._promises(thanked)

    def _promises(self, thanked: list[dict]) -> dict[str, int]:
        """Of those who were thanked before the backup began."""
        command = [sys.executable, "-m", "tests.drill.thanked"]
        done = self._python(command, self.second, input=json.dumps(thanked))
        return {name: count for name, count in json.loads(done.stdout).items() if count}

    def _rows(self, name: str, which: dict) -> Counter:
        began, file = time.monotonic(), self.base / f"{name}.txt"
        self._python([sys.executable, "-m", "tests.drill.rows", str(file)], which)
        self.report.took[f"read {name}"] = time.monotonic() - began
        return Counter(file.read_text().splitlines())

    def _python(self, command: list[str], which: dict, **options) -> subprocess.CompletedProcess:
        own = environment(**which)
        done = subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True, timeout=LONGEST, **options)
        assert done.returncode == 0, done.stderr
        return done

    def _timed(self, name: str, *command: str, **which) -> None:
        began = time.monotonic()
        done = run(*command, patience=LONGEST, **which)
        assert done.returncode == 0, done.stdout + done.stderr
        self.report.took[name] = time.monotonic() - began
