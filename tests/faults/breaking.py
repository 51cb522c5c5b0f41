"""What is broken, and mended again: each a context manager. Whatever ends the trial mends it."""

import contextlib
import errno
import os
import resource
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterable, Iterator
from pathlib import Path


class CannotBreak(Exception):
    """This machine or account does not allow it; the message says what is needed."""


@contextlib.contextmanager
def locked(database: Path) -> Iterator[None]:
    """Another program holds the file for itself."""
    with contextlib.closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as holder:
        _hold(holder, until=time.monotonic() + 30)
        yield


def _hold(holder: sqlite3.Connection, until: float) -> None:
    """Without SQLite's own pauses between two attempts, in which the crowd would be done before."""
    while True:
        try:
            holder.execute("BEGIN EXCLUSIVE")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise


@contextlib.contextmanager
def moved_away(file: Path) -> Iterator[None]:
    elsewhere = file.with_name("moved-away")
    file.rename(elsewhere)
    try:
        yield
    finally:
        elsewhere.rename(file)


@contextlib.contextmanager
def read_only(file: Path) -> Iterator[None]:
    """chmod would not stop root; this does."""
    done = subprocess.run(["chattr", "+i", file], capture_output=True, text=True)
    if done.returncode:
        raise CannotBreak("needs root, and a disk with chattr")
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", file], check=True)


@contextlib.contextmanager
def no_file_grows_past(size: int, pids: Iterable[int]) -> Iterator[None]:
    """These processes write no file past so many bytes, as `ulimit -f` does it: to them the disk is full."""
    no_limit = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    pids = list(pids)
    for pid in pids:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, no_limit)


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A disk in memory of its own in this place."""
    folder.mkdir(mode=0o700)
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m,mode=0700", "none", folder]
    if subprocess.run(mount, capture_output=True).returncode:
        raise CannotBreak("needs root, and leave to mount")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextlib.contextmanager
def full(folder: Path) -> Iterator[None]:
    """Not one byte more goes on the disk of this folder."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while file.write(b"x" * size) == size:
                    pass
            except OSError as reason:
                if reason.errno != errno.ENOSPC:
                    raise
    try:
        yield
    finally:
        filler.unlink()


@contextlib.contextmanager
def frozen(pids: Iterable[int]) -> Iterator[None]:
    """They are there, and do nothing."""
    pids = list(pids)
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
