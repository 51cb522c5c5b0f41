"""Brings a backup back: it is judged and made ready beside what is in use, then put in its place in one step.

Until then nothing in use has changed: whatever ends it, even kill -9, the next run begins anew.
"""

import itertools
from dataclasses import dataclass
from pathlib import Path

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import DataError, IntegrityError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.models import Q

from intake import accepting, backup, copies, spool, vault
from intake.answers import Answers
from intake.backup import Manifest, Refused, Tell
from intake.claims import FREE
from intake.models import CallbackRequest
from intake.sealed import keys_named_in, sealed_models, sealed_with
from intake.words import Status
from reentry_site.record import chain
from reentry_site.record.chain import Line

ROOM = "restoring"
#: So many rows of each table are opened with each key.
SAMPLE = 100


@dataclass(frozen=True)
class Restored:
    """`to_check`: open requests that a supervisor releases one by one. `kept`: where what was in use before is."""

    manifest: Manifest
    to_check: int
    kept: str


def restore(file: Path, tell: Tell, *, keys_are_lost: bool = False) -> Restored:
    """Nothing else may use DATA_DIR meanwhile. `keys_are_lost`: also where nobody can read what is in it any more.

    Raises Refused, copies.CannotCopy, spool.Unavailable, OSError, django.db.Error.
    """
    with backup.workroom(settings.DATA_DIR / ROOM) as room:
        tell("Checking every byte of the file.")
        manifest, waiting = backup.unpack(file, room)
        _refuse_another_kind(manifest)
        _refuse_newer(manifest)
        tell("Making the database ready, beside the one in use.")
        with copies.unpacked(room / backup.DATABASE) as name:
            with copies.connected_to(name):
                if copies.contents() != manifest.contents:
                    raise Refused(f"{file} does not hold what it says it holds. Take another one.")
                call_command("migrate", verbosity=0, interactive=False)
                if not keys_are_lost:
                    _refuse_other_keys(waiting)
                _bring_in(waiting)
                to_check = _mark()
                chain.write([Line(None, f"Restored a backup of {manifest.made_at:%Y-%m-%d %H:%M} UTC")])
            tell("Putting it in place.")
            kept = copies.put_in_place(room / backup.DATABASE, name)
    return Restored(manifest, to_check, kept)


def _refuse_another_kind(manifest: Manifest) -> None:
    if manifest.kind != connection.vendor:
        raise Refused(f"This is a backup of {manifest.kind}, and DATABASE_URL names {connection.vendor} now.")


def _refuse_newer(manifest: Manifest) -> None:
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    if newer := set(manifest.contents.migrations) - known:
        raise Refused(f"A newer version of this program made it ({min(newer)}). Install that version, then restore.")


# Keys ---------------------------------------------------------------------------------------------------------


def _refuse_other_keys(waiting: list[spool.Waiting]) -> None:
    """Each key that is named must be there, and open something of what names it."""
    named = {number for model in sealed_models() for number in keys_named_in(model)}
    named |= {vault.key_number(row.sealed) for row in waiting}
    missing = named - _keys_here()
    wrong = {number for number in named - missing if not _opens_something(number, waiting)}
    if missing or wrong:
        keys = ", ".join(f"seal-{number:04}.key" for number in sorted(missing | wrong))
        raise Refused(
            f"What is in this backup was sealed with keys that are not in {settings.KEYS_DIR}, or are others there: "
            f"{keys}. Put your copies of them there, then restore again."
        )
    if not _look_up_key_fits():
        raise Refused(f"lookup.key in {settings.KEYS_DIR} is another one. Put your copy there, then restore again.")


def _keys_here() -> set[int]:
    try:
        return set(vault.key_numbers())
    except vault.CannotSeal:
        return set()


def _opens_something(number: int, waiting: list[spool.Waiting]) -> bool:
    """Single rows may be damaged, and still come back with the others."""
    stored = (model.objects.filter(sealed_with(number)).only("id", "sealed")[:SAMPLE] for model in sealed_models())
    spooled = [row for row in waiting if vault.key_number(row.sealed) == number]
    return any(_opens(row) for row in itertools.chain(*stored, spooled))


def _opens(row) -> bool:
    try:
        vault.open_sealed(row.sealed, row.id)
    except vault.CannotOpen:
        return False
    return True


def _look_up_key_fits() -> bool:
    """By it people are found, and private codes open."""
    known = Answers.objects.select_related("request")[:SAMPLE]
    found = [sent.phone_hash() == each.request.phone_hash for each in known if (sent := each.opened())]
    return not found or any(found)


# What becomes of it -------------------------------------------------------------------------------------------


def _bring_in(waiting: list[spool.Waiting]) -> None:
    """What waited in the spool then is checked like the rest; what cannot be stored waits there again.

    What waits there now stays: it is stored once, even where it is in both.
    """
    for row in waiting:
        try:
            accepting.store_waiting(row)
        except (vault.CannotOpen, DataError, IntegrityError):
            spool.put(row.id, row.sealed, row.received_at)


def _mark() -> int:
    """Nobody is signed in, holds a call, or can undo anything; nobody is called whom no supervisor has released, also
    not who agreed to be asked again later. How many are open."""
    Session.objects.all().delete()  # older backups brought them along
    UserSession.objects.all().delete()
    requests = CallbackRequest.objects
    requests.exclude(claimed_by=None).update(**FREE)
    requests.filter(undo__isnull=False).update(undo=None)
    requests.filter(~Q(status=Status.CLOSED) | Q(ask_again_at__isnull=False)).update(restored=True)
    return requests.open().count()
