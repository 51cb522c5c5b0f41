"""`make guards`: takes each guard out of a copy of this tree, one at a time, and expects its test to fail.

Tells those without which it does not, and ends with 1 if there are any. `ONLY=vault` tries those of some files;
those of PostgreSQL are tried where TEST_DATABASE_URL names one. `--table` writes docs/guards.md's list.
"""

import os
import queue
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.guards import guards
from tests.guards.guards import Guard
from tests.site import ROOT

AT_ONCE = 2
PATIENCE = 300  # seconds for one test
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "var", "__pycache__", ".*_cache", ".hypothesis")
DOCUMENT, BEGINS = ROOT / "docs" / "guards.md", "## The list\n\n"


def main() -> int:
    if "--table" in sys.argv:
        DOCUMENT.write_text(DOCUMENT.read_text().partition(BEGINS)[0] + BEGINS + guards.table())
        return 0
    url = os.environ.get("TEST_DATABASE_URL", "")
    wanted = [each for each in guards.read() if each.test and any(word in each.file for word in sys.argv[1:] or [""])]
    tried = [each for each in wanted if each.postgresql == url.startswith("postgres")]
    with tempfile.TemporaryDirectory() as folder:
        trees = queue.SimpleQueue()
        for number in range(1 if url else AT_ONCE):  # the tests have one name for PostgreSQL's database
            trees.put(_tree(Path(folder) / str(number)))
        if tried and (said := _outcome(sorted({each.test for each in tried}), ROOT)) != "pass":
            sys.exit(f"With every guard in its place the tests {said}: mend that first.")
        with ThreadPoolExecutor(trees.qsize()) as threads:
            missed = sum(threads.map(lambda each: _is_missed_by_none(each, trees), tried))
    print(f"{len(tried)} guards tried, {missed} missed by no test; {len(wanted) - len(tried)} are of another database.")
    return bool(missed)


def _tree(place: Path) -> Path:
    shutil.copytree(ROOT, place, ignore=LEFT_OUT)
    (place / ".venv").symlink_to(ROOT / ".venv")
    return place


def _is_missed_by_none(guard: Guard, trees: queue.SimpleQueue) -> bool:
    """Its test does not fail without it."""
    tree = trees.get()
    file = tree / guard.file
    whole = file.read_text()
    file.write_text(guard.taken_out_of(whole))
    try:
        said = _outcome([guard.test], tree)
    finally:
        file.write_text(whole)
        trees.put(tree)
    if said != "fail":
        print(f"{guard}\n  {guard.test}: {said}", flush=True)
    return said != "fail"


def _outcome(tests: list[str], tree: Path) -> str:
    """Nothing compiled is kept: a file that changed twice in one second would look as if it had not."""
    command = [tree / ".venv/bin/python", "-B", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    try:
        done = subprocess.run(command, cwd=tree, capture_output=True, text=True, timeout=PATIENCE * len(tests))
    except subprocess.TimeoutExpired:
        return "do not end"
    return {0: "pass", 1: "fail"}.get(done.returncode, "do not run")


if __name__ == "__main__":
    sys.exit(main())
