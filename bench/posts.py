"""How many requests a real site stores for good in a second, and how long each client waits.

Beside each, bare SQLite on the same disk with the same pragmas: an INSERT and its commit. About three minutes.
"""

import contextlib
import os
import platform
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from tests.faults.breaking import moved_away  # noqa: E402
from tests.faults.clients import Crowd, people  # noqa: E402
from tests.site import Site  # noqa: E402

CLIENTS = (1, 8, 32)
ROUNDS = 5
POSTS = 200  # in each round
PRAGMAS = "PRAGMA journal_mode=TRUNCATE; PRAGMA synchronous=EXTRA; PRAGMA secure_delete=ON; PRAGMA cell_size_check=ON;"
SEALED = b"x" * 300  # what a short request weighs once it is sealed

Round = tuple[float, list[float]]  # stored in a second · seconds until each answer


def posts(site: Site, clients: int) -> Round:
    crowd = Crowd(site, people(POSTS), threads=clients, twice=False)
    for number, person in enumerate(crowd.people):
        person.name = f"Client {number} {time.monotonic_ns()}"  # else a later round repeats an earlier press
    began = time.monotonic()
    with crowd:
        pass
    spent = time.monotonic() - began
    if crowd.counts["confirmed"] != POSTS:
        sys.exit(f"Not each post was stored: {dict(crowd.counts)}")
    return POSTS / spent, crowd.times


def bare(folder: Path, clients: int, count: int = POSTS) -> Round:
    file = folder / f"bare-{time.monotonic_ns()}.sqlite3"
    with contextlib.closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE waiting (id BLOB PRIMARY KEY, sealed BLOB NOT NULL)")
    times = []

    def insert() -> None:
        with contextlib.closing(sqlite3.connect(file, timeout=60, isolation_level=None)) as database:
            database.executescript(PRAGMAS)
            for _ in range(count // clients):
                began = time.monotonic()
                database.execute("BEGIN IMMEDIATE")
                database.execute("INSERT INTO waiting VALUES (?, ?)", (os.urandom(16), SEALED))
                database.execute("COMMIT")
                times.append(time.monotonic() - began)

    threads = [threading.Thread(target=insert) for _ in range(clients)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(times) / (time.monotonic() - began), times


def said(values: list[float], digits: int = 0) -> str:
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def row(what: str, clients: int, rounds: list[Round]) -> None:
    rates = [rate for rate, _ in rounds]
    percentiles = [statistics.quantiles(times, n=100) for _, times in rounds]
    middle, slow = ([1000 * each[index] for each in percentiles] for index in (49, 98))
    print(f"| {what} | {clients} | {said(rates)} | {said(middle)} | {said(slow)} |", flush=True)


def main(folder: Path) -> None:
    site = Site(folder / "data")
    database = folder / "data" / "db.sqlite3"
    try:
        posts(site, 8)  # warms up
        for clients in CLIENTS:
            both = [(posts(site, clients), bare(folder, clients)) for _ in range(ROUNDS)]
            row("the site", clients, [ours for ours, _ in both])
            row("bare SQLite", clients, [theirs for _, theirs in both])
        with moved_away(database):
            row("the site, database away", 8, [posts(site, 8) for _ in range(ROUNDS)])
    finally:
        site.end()


if __name__ == "__main__":
    print(f"Storing. {os.cpu_count()} cores, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}.")
    print(f"{ROUNDS} rounds of {POSTS}: median (least–most).\n")
    print("| what | clients | stored in a second | half wait (ms) | one in a hundred waits (ms) |")
    print("| --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as name:
        main(Path(name))
