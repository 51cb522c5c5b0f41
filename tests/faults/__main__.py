"""`make faults`: real sites on 127.0.0.1 are broken in every way we know, and not one confirmed request may be lost.

One row for each fault; ends with 1 if a promise was broken. Some faults need root, strace or a PostgreSQL server: what
cannot be tried here is said. `python -m tests.faults WORD` tries the faults with this word in their name.
"""

import contextlib
import sys
import tempfile
from pathlib import Path

from tests.faults import faults, sync_order
from tests.faults.breaking import CannotBreak, small_disk
from tests.faults.postgres import Server
from tests.faults.trial import Result, Trial
from tests.site import run

PEOPLE = 1000  # for each fault
COLUMNS = ("confirmed", "lost", "doubled", "false", "spooled", "refused", "dropped")
HEADS = ("confirmed", "lost", "doubled", "false", "spooled", "503", "dropped", "slowest", "took")


def main(word: str) -> bool:
    """Whether every promise was kept."""
    with tempfile.TemporaryDirectory(prefix="the-way-back-faults-", ignore_cleanup_errors=True) as folder:
        base = Path(folder)
        set_up = base / "set-up"
        done = run("serve", "--setup-only", DATA_DIR=set_up)
        assert done.returncode == 0, done.stderr
        print(f"{'':36}" + "".join(f"{head:>10}" for head in HEADS))
        kept = [_on_files(fault, base, set_up) for fault in _named(word, faults.FILES)]
        kept += [_on_small_disk(fault, base, set_up) for fault in _named(word, faults.DISK)]
        kept += _on_postgres(word, base, set_up)
        if word in "strace":
            kept.append(sync_order.show(set_up, base / "strace" / "data"))
        return all(kept)


def _named(word: str, some: list[faults.Fault]) -> list[faults.Fault]:
    return [fault for fault in some if word in fault.name]


def _on_files(fault: faults.Fault, base: Path, set_up: Path, **changes) -> bool:
    data = Path(tempfile.mkdtemp(dir=base)) / "data"
    if fault.breaks is faults.clock_jumps:  # a second tap may fall on another day, and is another request then
        clock = data.with_name("clock")
        clock.touch()
        changes |= {"TRIAL_CLOCK": clock, "twice": False}
    return _row(fault, set_up, data, **changes)


def _on_small_disk(fault: faults.Fault, base: Path, set_up: Path) -> bool:
    data = Path(tempfile.mkdtemp(dir=base)) / "data"
    elsewhere = {} if "too" in fault.name else {"SPOOL_DIR": data.with_name("spool")}
    try:
        with small_disk(data):
            return _row(fault, set_up, data, **elsewhere)
    except CannotBreak as reason:
        return _skipped(fault.name, reason)


def _on_postgres(word: str, base: Path, set_up: Path) -> list[bool]:
    if not (wanted := _named(word, faults.SERVER)):
        return []
    try:
        server = Server()
    except CannotBreak as reason:
        return [_skipped("PostgreSQL", reason)]
    with contextlib.closing(server):
        urls = [server.url(f"trial{number}") for number, _ in enumerate(wanted)]
        return [
            _on_files(fault, base, set_up, server=server, DATABASE_URL=url)
            for fault, url in zip(wanted, urls, strict=True)
        ]


def _row(fault: faults.Fault, set_up: Path, data: Path, **changes) -> bool:
    try:
        result = Trial.run(set_up, data, fault.breaks, PEOPLE, **fault.environment, **changes)
    except CannotBreak as reason:
        return _skipped(fault.name, reason)
    _print(fault.name, result)
    return not result.broken()


def _print(name: str, result: Result) -> None:
    numbers = "".join(f"{result.counts.get(column, 0):>10}" for column in COLUMNS)
    broken = "".join(f"  BROKEN: {promise} {count}" for promise, count in result.broken().items())
    print(f"{name:36}{numbers}{result.slowest:>9.1f}s{result.took:>9.0f}s{broken}", flush=True)


def _skipped(name: str, reason: CannotBreak) -> bool:
    print(f"{name:36}   not tried: {reason}", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(0 if main(" ".join(sys.argv[1:])) else 1)
