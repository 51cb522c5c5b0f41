"""How many requests two workers store in a second from 32 clients, and how many they could not put into the database.

Beside it the same site on SQLite as Django sets it up by itself, and bare SQLite with our pragmas: an INSERT and its
commit. What the database does not take waits in the spool or is refused, and is counted. A few minutes.
"""

import contextlib
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from bench import load, posts  # noqa: E402
from reentry_site import data_dir  # noqa: E402
from tests.faults.clients import Crowd, people  # noqa: E402
from tests.site import free_port, run  # noqa: E402

CLIENTS = 32
POSTS, ROUNDS = 1_000, 5
#: As the site logs it; after each it leaves the database alone for a while, so that more than these are missed.
FAILED = '"exception": "OperationalError"'
STOCK = {"DJANGO_SETTINGS_MODULE": "bench.served.stock_sqlite"}


class Stored(NamedTuple):
    """One round. `errors`: the database failed. `missed`: not in it, since it failed or there was no turn in time: the
    request waits in the spool, or the client was told so."""

    posts: int
    errors: int
    missed: int
    seconds: float
    waits: list[float]


@contextlib.contextmanager
def our_workers(data: Path, **changes: str) -> Iterator[SimpleNamespace]:
    """Two workers, without the sweeper, which would bring in what is to be counted."""
    run("serve", "--setup-only", DATA_DIR=data)
    named = {"DATA_DIR": data, "PORT": (port := free_port()), "WEB_WORKERS": 2} | changes
    command = (sys.executable, "-m", "gunicorn", "--config", "python:reentry_site.gunicorn_conf")
    with load.server(port, *command, cores=(load.SERVER_CORE, load.LOAD_CORE), log=data.with_suffix(".log"), **named):
        yield SimpleNamespace(port=port, data=data, log=data.with_suffix(".log"))


def post(site: SimpleNamespace, count: int) -> Stored:
    crowd = Crowd(site, people(count), threads=CLIENTS, twice=False)
    for number, person in enumerate(crowd.people):
        person.name = f"Client {number} {time.monotonic_ns()}"  # else a later round repeats an earlier press
    before, failed, began = waiting(site), errors(site), time.monotonic()
    with crowd:
        pass
    spent = time.monotonic() - began
    if crowd.counts["confirmed"] != count:
        sys.exit(f"Not each client was thanked in the end: {dict(crowd.counts)}")
    again = sum(crowd.counts.values()) - crowd.counts["confirmed"] - crowd.counts["served"]
    missed = waiting(site) - before + again
    return Stored(count + again, errors(site) - failed, missed, spent, crowd.times)


def waiting(site: SimpleNamespace) -> int:
    with contextlib.closing(sqlite3.connect(site.data / data_dir.SPOOL / data_dir.SPOOL_FILE, timeout=60)) as spool:
        try:
            return spool.execute("SELECT count(*) FROM waiting").fetchone()[0]
        except sqlite3.OperationalError:  # nobody used it yet
            return 0


def errors(site: SimpleNamespace) -> int:
    return site.log.read_text().count(FAILED)


def bare(folder: Path, count: int) -> Stored:
    """One after the other, as fast as the disk takes them."""
    rate, waits = posts.bare(folder, 1, count)
    return Stored(count, 0, 0, count / rate, waits)


def measure(folder: Path, rounds: int, count: int) -> dict[str, list[Stored]]:
    spent: dict[str, list[Stored]] = {}
    with our_workers(folder / "ours") as ours, our_workers(folder / "stock", **STOCK) as stock:
        ways = {
            "this site": lambda: post(ours, count),
            "this site on stock SQLite settings": lambda: post(stock, count),
            "bare SQLite, one client": lambda: bare(folder, count),
        }
        for _ in range(rounds):
            for what, way in ways.items():
                spent.setdefault(what, []).append(way())
    return spent


def main(folder: Path) -> None:
    print(load.circumstances("Forms.") + f" {ROUNDS} rounds of {POSTS:,} posts, {CLIENTS} clients, 2 workers.\n")
    load.heads(
        "way", "answered in a second", "half wait, ms", "one in 100 waits, ms", "errors of the database", "not in it"
    )
    for what, rounds in measure(folder, ROUNDS, POSTS).items():
        rates = [each.posts / each.seconds for each in rounds]
        half, slow = ([1e3 * statistics.quantiles(each.waits, n=100)[at] for each in rounds] for at in (49, 98))
        asked = sum(each.posts for each in rounds)
        counts = [sum(each) for each in zip(*((each.errors, each.missed) for each in rounds), strict=True)]
        shares = [f"{count:,} of {asked:,} ({count / asked:.1%})" for count in counts]
        cells = (load.said(rates), load.said(half, 1), load.said(slow), *shares)
        print(f"| {what} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        main(Path(name))
