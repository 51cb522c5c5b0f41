"""`make drill`: 100,000 requests are backed up while people press, and come back elsewhere. Prints what it took.

Ends with 1 where a row was lost or changed, or where it took longer than is promised. `python -m tests.drill COUNT`
"""

import contextlib
import sys
import tempfile
import time
from pathlib import Path

from tests.drill.drill import Drill
from tests.faults.breaking import CannotBreak
from tests.faults.postgres import Server
from tests.site import run

COUNT, CROWD = 100_000, 1000
#: From the beginning of the backup to the last row compared (seconds).
PROMISED = 300


def main(count: int) -> bool:
    with tempfile.TemporaryDirectory(prefix="the-way-back-drill-") as folder:
        base = Path(folder)
        done = run("serve", "--setup-only", DATA_DIR=base / "set-up")
        assert done.returncode == 0, done.stderr
        kept = [_show("SQLite", base / "sqlite", base / "set-up", count)]
        try:
            server = Server()
        except CannotBreak as reason:
            print(f"PostgreSQL: not tried: {reason}")
            return all(kept)
        with contextlib.closing(server):
            urls = server.url("first"), server.url("second")
            kept.append(_show("PostgreSQL", base / "postgres", base / "set-up", count, urls=urls))
        return all(kept)


def _show(name: str, base: Path, set_up: Path, count: int, **urls) -> bool:
    base.mkdir()
    began = time.monotonic()
    report = Drill(set_up, base, count=count, crowd=CROWD, **urls).run()
    made = report.took.get("made", 0) + report.took.get("set-up", 0)
    took = time.monotonic() - began - made
    steps = ", ".join(f"{step} {seconds:.1f} s" for step, seconds in report.took.items())
    broken = {what: found for what, found in report.wrong.items() if found}
    print(f"{name}: {count:,} requests, {report.rows:,} rows compared, a file of {report.size:,} bytes")
    print(f"  {steps}")
    print(f"  {report.confirmed_before} were thanked before the backup, {report.confirmed_meanwhile} while it ran")
    print(f"  the slowest answer took {report.slowest:.1f} s; all of it {took:.0f} s")
    print(f"  {f'BROKEN: {broken}' if broken else 'nothing lost, nothing changed'}", flush=True)
    return not broken and took < PROMISED


if __name__ == "__main__":
    sys.exit(0 if main(int(sys.argv[1]) if sys.argv[1:] else COUNT) else 1)
