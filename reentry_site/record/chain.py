"""Writes the record and checks it: every entry carries a keyed hash of itself and of the hash before it.

Who changes, removes, adds or moves an entry without the key breaks the chain there; a cut tail shows by a logged head.
"""

import datetime
import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db import Error, OperationalError, connection, transaction
from django.utils import timezone

from intake import vault
from reentry_site.record.models import REASON_LETTERS, WHAT_LETTERS, Anchor, Entry

#: So many entries one statement writes or reads at most.
BATCH = 2000
#: The number of the lock, ours alone, under which PostgreSQL lets one write at a time.
LOCK = int.from_bytes(b"record")
BEFORE_ANY = "0" * 64
#: A row of one way to be written down: ASCII, without blanks.
_as_text = json.JSONEncoder(separators=(",", ":")).encode


class NotWritten(OperationalError):
    """The record takes no entry: nothing may be done or shown. To the desk it is a database that is away."""


@dataclass(frozen=True)
class Line:
    """What is to be written. `who`, `about_user`: ids of accounts. `request`: its id. Never a word of a client."""

    who: int | None
    what: str
    request: uuid.UUID | None = None
    about_user: int | None = None
    reason: str = ""


class Place(NamedTuple):
    """Where the chain stands: the last entry's number and hash."""

    id: int
    mac: str


def write(lines: Sequence[Line]) -> None:
    """In the caller's transaction, as its last step: who writes next waits until that ends. Raises NotWritten."""
    if not lines:
        return
    try:
        with transaction.atomic(savepoint=False):
            alone()
            last, now, entries = head(), timezone.now(), []
            for line in lines:
                entries.append(_entry(last, now, line))
                last = Place(entries[-1].id, entries[-1].mac)
            Entry.objects.bulk_create(entries, batch_size=BATCH)
    except (vault.CannotSeal, Error) as reason:
        raise NotWritten("the record takes no entry") from reason


def alone() -> None:
    """Until this transaction ends nobody else writes here. SQLite's writers always are alone.

    Always the last lock that a transaction takes, or two of them could wait for each other.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def head() -> Place:
    last = Entry.objects.order_by("-id").values_list("id", "mac").first()
    return Place(*last) if last else start()


def start() -> Place:
    """Before the oldest entry that is still kept."""
    anchor = Anchor.objects.values_list("entry", "mac").first()
    return Place(*anchor) if anchor else Place(0, BEFORE_ANY)


def mac_of(before: str, entry) -> str:
    """The keyed hash of this entry after the one with the hash `before`. Raises vault.CannotSeal."""
    at = entry.at.astimezone(datetime.UTC).isoformat(timespec="microseconds")
    request = str(entry.request) if entry.request else None
    row = [entry.id, at, entry.who, entry.what, request, entry.about_user, entry.reason]
    return _hash("record", before, row)


def seal_of(anchor: Place) -> str:
    return _hash("anchor of the record", anchor.mac, [anchor.id])


def faults() -> Iterator[str]:
    """What is wrong with the chain, a sentence each. After a broken place it goes on from what stands there.

    Reads in batches by id, and holds nobody up. Raises vault.CannotSeal.
    """
    before = start()
    anchor = Anchor.objects.first()
    if anchor and anchor.seal != seal_of(before):
        yield "The anchor was changed: the entries before the first one cannot be vouched for."
    for entry in _entries(before.id):
        if entry.id > before.id + 1:
            yield _missing(before.id + 1, entry.id - 1)
        elif entry.mac != mac_of(before.mac, entry):
            yield f"Entry {entry.id} was changed or put in, or does not follow the one before it."
        before = Place(entry.id, entry.mac)


def _entries(after: int) -> Iterator[Entry]:
    """From the smallest number on, so that one that was put before the start is found too."""
    first = Entry.objects.order_by("id").values_list("id", flat=True).first()
    last = after if first is None else min(after, first - 1)
    while batch := list(Entry.objects.filter(id__gt=last).order_by("id")[:BATCH]):
        yield from batch
        last = batch[-1].id


def _missing(first: int, last: int) -> str:
    return f"Entry {first} is missing." if first == last else f"Entries {first} to {last} are missing."


def _entry(last: Place, now: datetime.datetime, line: Line) -> Entry:
    entry = Entry(
        id=last.id + 1,
        at=now,
        who=line.who,
        what=line.what[:WHAT_LETTERS],  # a colleague's long name in it keeps nothing from being done
        request=line.request,
        about_user=line.about_user,
        reason=line.reason[:REASON_LETTERS],
    )
    entry.mac = mac_of(last.mac, entry)
    return entry


def _hash(purpose: str, before: str, row: list) -> str:
    return vault.derived(purpose, f"{before}|{_as_text(row)}".encode()).hex()
