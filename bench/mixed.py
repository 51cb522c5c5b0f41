"""How long two readers wait for a page while four clients post forms to the same worker, and while nobody does.

One worker on one core, wrk and the clients on the other. Half a minute.
"""

import contextlib
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from bench import load, pages  # noqa: E402
from tests.faults.clients import Crowd, people  # noqa: E402
from tests.site import Site  # noqa: E402

ROUNDS = 7
SECONDS = 2
READERS, CLIENTS = 2, 4
MOST = 3_000  # who may post in one round

Round = tuple[load.Load, float]  # what readers got · posts stored in a second


def read(site: Site) -> Round:
    expected = load.ask(site.port, pages.ADDRESS)
    counted = load.wrk(site.port, pages.ADDRESS, SECONDS, READERS)
    pages.check(counted, expected, load.ask(site.port, pages.ADDRESS))
    return counted, 0


def read_while_they_post(site: Site) -> Round:
    crowd = Crowd(site, people(MOST), threads=CLIENTS, twice=False)
    for number, person in enumerate(crowd.people):
        person.name = f"Client {number} {time.monotonic_ns()}"  # else a later round repeats an earlier press
    with load.on_core(load.LOAD_CORE), contextlib.suppress(Over), crowd:
        crowd.wait_for("confirmed", CLIENTS)
        before, began = crowd.counts["confirmed"], time.monotonic()
        counted, _ = read(site)
        stored = (crowd.counts["confirmed"] - before) / (time.monotonic() - began)
        raise Over
    odd = {name: count for name, count in crowd.counts.items() if name not in {"confirmed", "served"}}
    if odd or not stored:
        sys.exit(f"Not each post was stored: {dict(crowd.counts)}")
    return counted, stored


class Over(Exception):
    """Nobody presses any more."""


def measure(site: Site, rounds: int) -> dict[str, list[Round]]:
    spent: dict[str, list[Round]] = {"nobody posts": [], f"{CLIENTS} clients post": []}
    for _ in range(rounds):
        for series, way in zip(spent.values(), (read, read_while_they_post), strict=True):
            series.append(way(site))
    return spent


def main(folder: Path) -> None:
    print(
        load.circumstances("Pages while forms are posted.") + f" {ROUNDS} rounds of {SECONDS} s: median (least–most).\n"
    )
    load.heads(f"{READERS} readers", "half wait, ms", "one in 100 waits, ms", "slowest, ms", "pages/s", "posts/s")
    with pages.our_site(folder / "data") as site:
        spent = measure(site, ROUNDS)
    for what, rounds in spent.items():
        waits = [[1e3 * getattr(each, name) for each, _ in rounds] for name in ("median", "slow", "slowest")]
        rates = ([each.rate for each, _ in rounds], [stored for _, stored in rounds])
        cells = [load.said(each, 2) for each in waits] + [load.said(each) for each in rates]
        print(f"| {what} | {' | '.join(cells)} |")


if __name__ == "__main__":
    if load.missing("wrk"):
        print("Pages while forms are posted: wrk is not installed, so nothing was measured.")
        sys.exit()
    with tempfile.TemporaryDirectory() as name:
        main(Path(name))
