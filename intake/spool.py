"""Where a request waits while the database is away: a second SQLite file with one table that never changes.

It holds the same sealed bytes under the same id, and knows no model, no setting of the database and no migration.
"""

import contextlib
import datetime
import sqlite3
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from reentry_site import data_dir

FILE = data_dir.SPOOL_FILE
PATIENCE = 0.5  # seconds to wait for another writer: whoever sent a form is waiting too
SCHEMA = """CREATE TABLE IF NOT EXISTS waiting (
    id BLOB PRIMARY KEY, version INTEGER NOT NULL, sealed BLOB NOT NULL, received_at TEXT NOT NULL
) WITHOUT ROWID"""
VERSION = 1
_turn = threading.Lock()


class Unavailable(Exception):
    """The spool cannot be used: missing, full or locked."""


class Waiting(NamedTuple):
    id: uuid.UUID
    sealed: bytes
    received_at: datetime.datetime


def put(version_id: uuid.UUID, sealed: bytes, now: datetime.datetime) -> None:
    """On the disk when this returns. What is here under this id already stays, and came when it came last: it may have
    been cancelled and asked again meanwhile. Raises Unavailable."""
    row = (version_id.bytes, VERSION, sealed, _as_text(now))
    with _open() as spool, _writing(spool):
        spool.execute(
            "INSERT INTO waiting VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
            "received_at = max(received_at, excluded.received_at)",
            row,
        )


def get(version_id: uuid.UUID) -> Waiting | None:
    with _open() as spool:
        found = spool.execute("SELECT id, sealed, received_at FROM waiting WHERE id = ?", [version_id.bytes]).fetchone()
    return found and _waiting(found)


def rows() -> list[Waiting]:
    """All that waits, the oldest first."""
    with _open() as spool:
        found = spool.execute("SELECT id, sealed, received_at FROM waiting ORDER BY received_at, id").fetchall()
    return [_waiting(row) for row in found]


def count() -> int:
    with _open() as spool:
        return spool.execute("SELECT count(*) FROM waiting").fetchone()[0]


def waiting_since() -> datetime.datetime | None:
    """When the one that waits longest came."""
    with _open() as spool:
        oldest = spool.execute("SELECT min(received_at) FROM waiting").fetchone()[0]
    return oldest and datetime.datetime.fromisoformat(oldest)


def takes_a_row() -> bool:
    """Write a row and take it back."""
    try:
        with _open() as spool:
            spool.execute("BEGIN IMMEDIATE")
            spool.execute("INSERT OR IGNORE INTO waiting VALUES (?, ?, ?, ?)", (b"ready?", VERSION, b"", ""))
            spool.execute("ROLLBACK")
    except Unavailable:
        return False
    return True


def remove(waiting: Waiting) -> None:
    """As it was read: one that came again since stays."""
    row = (waiting.id.bytes, _as_text(waiting.received_at))
    with _open() as spool, _writing(spool):
        spool.execute("DELETE FROM waiting WHERE id = ? AND received_at = ?", row)


def _as_text(moment: datetime.datetime) -> str:
    """Sorts as the moments do: always in UTC, always with six digits of a second."""
    return moment.astimezone(datetime.UTC).isoformat(timespec="microseconds")


def _waiting(row: tuple[bytes, bytes, str]) -> Waiting:
    return Waiting(uuid.UUID(bytes=row[0]), row[1], datetime.datetime.fromisoformat(row[2]))


@contextlib.contextmanager
def _open() -> Iterator[sqlite3.Connection]:
    """Its own connection each time: a file that was moved away is noticed, and never written to unseen.

    One thread of this process at a time: on the file itself they would be served by luck.
    """
    if not _turn.acquire(timeout=PATIENCE):
        raise Unavailable
    try:
        yield from _connected()
    finally:
        _turn.release()


def _connected() -> Iterator[sqlite3.Connection]:
    try:
        address = (Path(settings.SPOOL_DIR) / FILE).as_uri() + "?mode=rw"
        spool = sqlite3.connect(address, uri=True, timeout=PATIENCE, isolation_level=None)
        with contextlib.closing(spool):
            spool.executescript(
                "PRAGMA journal_mode=TRUNCATE; PRAGMA synchronous=EXTRA; PRAGMA secure_delete=ON; "
                "PRAGMA cell_size_check=ON;"
            )
            spool.execute(SCHEMA)
            yield spool
    except sqlite3.Error as reason:
        raise Unavailable from reason


@contextlib.contextmanager
def _writing(spool: sqlite3.Connection) -> Iterator[None]:
    spool.execute("BEGIN IMMEDIATE")
    try:
        yield
        spool.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            spool.execute("ROLLBACK")
        raise
