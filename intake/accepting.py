"""Takes in what a client sent so that it is never lost and never doubled: into the database, else into the spool."""

import datetime
import itertools
import logging
import threading
import time
import uuid
from collections.abc import Callable

from django.db import Error, transaction
from django.utils import timezone

from intake import codes, spool, vault
from intake.answers import Answers, PrivateCode, seal
from intake.models import CallbackRequest
from intake.queue import alone_at
from intake.submission import SAME_PRESS, Submission, window_of
from intake.suspicion import CROWDED
from intake.words import Resolution

log = logging.getLogger(__name__)

#: More open requests at one number than a household has: further ones join the newest, for a person to look at.
MOST_AT_ONE_NUMBER = 5
#: After the database has failed it is left alone for so long (seconds), so that not each client waits for it.
BREAK_SECONDS = 5
#: So long a thread waits for the one before it (seconds).
TURN_SECONDS = 2

_turn = threading.Lock()
_broken_until = 0.0


class NotStored(Exception):
    """Neither the database nor the spool took it: nobody may be thanked."""


def accept(submission: Submission, look: tuple[str, ...] = (), now: datetime.datetime | None = None) -> uuid.UUID:
    """The id of the version that holds it, safely on a disk when this returns. Raises NotStored.

    `look`: why a person looks at it first (suspicion.py).
    """
    now = now or timezone.now()
    try:
        return _into_the_database(submission, now, look) or _spool(submission, now, look)
    except (vault.CannotSeal, spool.Unavailable) as reason:
        raise NotStored from reason


def _into_the_database(submission: Submission, now: datetime.datetime, look: tuple[str, ...]) -> uuid.UUID | None:
    """The version's id; None where the database failed or keeps us waiting.

    One at a time in each process: threads that wait on SQLite's file have their turn by luck, and some have none for
    seconds. After a failure those who wait here need not try it too.
    """
    global _broken_until
    if not _turn.acquire(timeout=TURN_SECONDS):
        return None
    try:
        return None if time.monotonic() < _broken_until else store(submission, now, look).id
    except Error:
        _broken_until = time.monotonic() + BREAK_SECONDS
        log.exception("the database did not take a request")
        return None
    finally:
        _turn.release()


def mend() -> None:
    """Ask the database again at once."""
    global _broken_until
    _broken_until = 0.0


@transaction.atomic
def store(submission: Submission, now: datetime.datetime, look: tuple[str, ...] = (), taken_by=None) -> Answers:
    """Into the database, once: the same press is the version it was. Raises django.db.Error.

    `taken_by`: the member of staff who wrote down a call.
    """
    phone_hash = vault.keyed_hash(submission.phone)
    alone_at(phone_hash)
    same, version_id = _same_press(submission, now)
    if same:
        return same
    request, is_new = _whose(submission, phone_hash), False
    if request is None:
        request, is_new = CallbackRequest.new(submission, version_id, now), True
        request.taken_by = taken_by
    elif not request.is_of(submission):
        look += (CROWDED,)
    request.needs_look |= bool(look)
    if is_new:
        request.save(force_insert=True)
    version = Answers(id=version_id, request=request, sent_at=now, reference=codes.reference(version_id))
    version.sealed = seal(submission, version_id, look)
    version.save(force_insert=True)
    version.give_code(codes.private_code(version_id), now)
    if not is_new:
        request.take_in(version, now)
    return version


def _same_press(submission: Submission, now: datetime.datetime) -> tuple[Answers | None, uuid.UUID]:
    """The version that this press repeats, if any, and the id that it gets if it repeats none.

    What waited in the spool may have been pressed again since, and stored in the window after its own.
    """
    this = window_of(now)
    for window in (this + 1, this - 1, this):
        for closed_before in itertools.count():
            version_id = submission.version_id(window, closed_before)
            found = Answers.objects.select_related("request").filter(pk=version_id).first()
            if found is None:
                break
            if _is_open(found.request, now) and abs(found.sent_at - now) < SAME_PRESS and _opens_still(found):
                return found, version_id
    return None, version_id


def _is_open(request: CallbackRequest, then: datetime.datetime) -> bool:
    """What waited in the spool was sent before it came here: what was closed since was open for it."""
    return request.closed_at is None or request.closed_at > then


def _opens_still(version: Answers) -> bool:
    """Its code opens its request: the client has not moved to another number since."""
    code = codes.hash_of(codes.private_code(version.id))
    return version.request.versions.filter(codes__hash=code, codes__ended_at=None).exists()


def _whose(submission: Submission, phone_hash: str) -> CallbackRequest | None:
    """The open request that this belongs to; None where it is a new person, or a number that nobody waits at."""
    at_number = list(
        CallbackRequest.objects.open()
        .select_for_update()  # nobody closes it while this joins it
        .filter(phone_hash=phone_hash)
        .order_by("-asked_at")
        .prefetch_related("versions")[:MOST_AT_ONE_NUMBER]
    )
    theirs = next((request for request in at_number if request.is_of(submission)), None)
    crowd = at_number[0] if len(at_number) == MOST_AT_ONE_NUMBER else None
    return theirs or crowd


# By the private code ------------------------------------------------------------------------------------------


def find(code: str, now: datetime.datetime) -> Answers | None:
    """The version that a code opens; one that waits in the spool is brought in first. Raises django.db.Error."""
    found = Answers.objects.of_code(code, now)
    if found is None and any(codes.private_code(waiting.id) == code for waiting in spool.rows()):
        drain()
        found = Answers.objects.of_code(code, now)
    return found


@transaction.atomic
def change(code: str, make: Callable[[Submission], Submission], now: datetime.datetime) -> Answers | None:
    """A new version in place of the one that the code opens, as `make` changes it; None where it opens nothing.

    With another number the code ends, and the new version has one of its own. The same change sent twice is made once.
    """
    standing = Answers.objects.of_code(code, now)
    if standing is None:
        return _same_change(code, make, now)
    alone_at(standing.request.phone_hash)
    before, changed = standing.submission, make(standing.submission)
    if changed == before:
        return standing
    version = Answers(id=uuid.uuid4(), request=standing.request, sent_at=now, reference=standing.reference)
    version.sealed = seal(changed, version.id)
    version.save(force_insert=True)
    if changed.phone == before.phone:
        standing.codes.filter(ended_at=None).update(answers=version)
    else:
        standing.codes.filter(ended_at=None).update(answers=version, ended_at=now)
        version.give_code(codes.private_code(version.id), now)
    Answers.objects.filter(pk=standing.pk).update(replaced=True)
    version.request.take_in(version, now)
    return version


def _same_change(code: str, make: Callable[[Submission], Submission], now: datetime.datetime) -> Answers | None:
    """A code that ended by this very change, pressed again: the same answer, with the new code."""
    ended = PrivateCode.objects.select_related("answers__request").filter(hash=codes.hash_of(code)).first()
    if ended is None or ended.ended_at is None or ended.ended_at < now - SAME_PRESS or not ended.answers.is_open():
        return None
    standing = ended.answers
    return standing if make(standing.submission) == standing.submission else None


def code_of(version: Answers, code: str) -> str:
    """The code that opens a version now: the one it came by, unless that ended with the number."""
    return code if version.has_code(code) else codes.private_code(version.id)


def withdraw(code: str, now: datetime.datetime) -> bool:
    """The client takes the request back. True when it is closed by that, also when the button was pressed twice."""
    if found := find(code, now):
        found.request.withdraw(now)
        return True
    return PrivateCode.objects.filter(
        hash=codes.hash_of(code),
        answers__request__resolution=Resolution.WITHDRAWN,
        answers__request__closed_at__gt=now - SAME_PRESS,
    ).exists()


# While the database is away -----------------------------------------------------------------------------------


def _spool(submission: Submission, now: datetime.datetime, look: tuple[str, ...]) -> uuid.UUID:
    before, this = (submission.version_id(window_of(now) - offset) for offset in (1, 0))
    waiting = spool.get(before)
    if waiting and waiting.received_at > now - SAME_PRESS:
        return before
    spool.put(this, seal(submission, this, look), now)
    return this


def drain() -> int:
    """Move what waits in the spool into the database, and say how much it was. Raises django.db.Error.

    Never within a transaction: a row would leave the spool before the database has it. A row leaves when it is there:
    whatever ends this half-way, the next drain goes on.
    """
    moved = 0
    for waiting in spool.rows():
        try:
            content = vault.open_sealed(waiting.sealed, waiting.id)
        except vault.CannotOpen:  # it stays where it is, and the alarm says so (heartbeat.py)
            continue
        with transaction.atomic():
            version = store(Submission.from_content(content), waiting.received_at, tuple(content["look"]))
            # Its client was shown the code of the id it had here, whichever version it came to be.
            version.give_code(codes.private_code(waiting.id), waiting.received_at)
        spool.remove(waiting.id)
        moved += 1
    return moved
