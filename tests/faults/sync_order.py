"""Reads from a trace of one worker that each thank-you leaves after the disk has said that it holds the request."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

from tests.faults.breaking import moved_away
from tests.faults.clients import Crowd, people
from tests.site import Site, children

PRESSES = 30
CALLS = "recvfrom,sendto,pwrite64,ftruncate,fsync,fdatasync"
_LINE = re.compile(r"^(?P<thread>\d+) +(?P<call>\w+)\(\d+<(?P<file>[^>]*)>(?P<rest>.*)$")


def show(set_up: Path, data: Path) -> bool:
    """Whether it was so for each press, into the database and into the spool."""
    if shutil.which("strace") is None:
        print("order of write, sync and answer       not tried: needs strace")
        return True
    shutil.copytree(set_up, data)
    site = Site(data, WEB_WORKERS=1)
    try:
        with traced(children(site.web_pid)[0], data.with_name("trace")) as trace:
            press(site, PRESSES)
            with moved_away(data / "db.sqlite3"):
                press(site, PRESSES)
    finally:
        site.end()
    thanks = answers_after_their_sync(trace.read_text(errors="replace").splitlines())
    good, bad = thanks.count(True), thanks.count(False)
    print(f"strace: of {len(thanks)} thank-yous {good} left after the last sync of their own write, {bad} before")
    return (good, bad) == (2 * PRESSES, 0)


def press(site: Site, count: int) -> None:
    with Crowd(site, people(count), threads=1, twice=False):
        pass


@contextlib.contextmanager
def traced(pid: int, trace: Path):
    command = ["strace", "-f", "-y", "-s", "40", "-e", f"trace={CALLS}", "-o", trace, "-p", str(pid)]
    tracer = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert "attached" in tracer.stderr.readline()
    try:
        yield trace
    finally:
        os.kill(tracer.pid, signal.SIGINT)
        tracer.communicate()


def answers_after_their_sync(lines: list[str]) -> list[bool]:
    """For each 303: was the database's or the spool's file written, its journal emptied, and nothing left unsynced?"""
    wrote, unsynced, found = {}, {}, []
    for thread, call, file, rest in (match.groups() for match in map(_LINE.match, lines) if match):
        if call == "recvfrom":
            wrote[thread], unsynced[thread] = set(), set()
        elif call in ("pwrite64", "ftruncate"):
            wrote.setdefault(thread, set()).add((call, Path(file).name))
            unsynced.setdefault(thread, set()).add(file)
        elif call in ("fsync", "fdatasync"):
            unsynced.get(thread, set()).discard(file)
        elif call == "sendto" and '"HTTP/1.1 303' in rest:
            emptied = {name.removesuffix("-journal") for verb, name in wrote[thread] if verb == "ftruncate"}
            written = {name for verb, name in wrote[thread] if verb == "pwrite64"}
            found.append(bool(emptied & written) and not unsynced[thread])
    return found
