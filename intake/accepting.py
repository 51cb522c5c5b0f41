"""Takes in what a client sent so that it is never lost and never doubled: into the database, else into the spool."""

import datetime
import itertools
import logging
import threading
import time
import uuid

from django.db import DataError, Error, IntegrityError, transaction
from django.db.models import Prefetch, Q
from django.utils import timezone

from intake import codes, spool, standing, vault
from intake.answers import Answers, PrivateCode, seal
from intake.crisis import may_be_crisis
from intake.models import CallbackRequest
from intake.queue import alone_at
from intake.stopped import StoppedNumber
from intake.submission import SAME_PRESS, Submission, window_of
from intake.words import Look

log = logging.getLogger(__name__)

#: More open requests at one number than a household has: further ones join the newest, for a person to look at.
MOST_AT_ONE_NUMBER = 5
#: After the database has failed it is left alone for so long (seconds), so that not each client waits for it.
BREAK_SECONDS = 5
#: So long a thread waits for the one before it (seconds).
TURN_SECONDS = 1
#: Between two rows that are moved (seconds): the desk, which only asks now and then, gets its turn too.
PAUSE = 0.01

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
        return _into_the_database(submission, now, look) or _into_the_spool(submission, now, look)
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


# Once -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def store(
    submission: Submission,
    now: datetime.datetime,
    look: tuple[str, ...] = (),
    *,
    taken_by=None,
    waited: bool = False,
) -> Answers:
    """Into the database, once: the same press is the version it was. Raises django.db.Error.

    `taken_by`: the member of staff who wrote down a call. `waited`: it comes from the spool, and `now` is when it came
    there; what happened since does not count against it.
    """
    alone_at(submission.phone_hash())
    same, version_id = _same_press(submission, now, waited)
    if same:
        return same
    request = _whose(submission, now if waited else None)
    joins = request is not None
    if joins and not request.is_of(submission):
        look += (Look.CROWDED,)
    if StoppedNumber.has(submission.phone_hash()):
        look += (Look.STOPPED,)
    if not joins:
        request = standing.begin(submission, version_id, now)
        request.needs_look |= bool(look)
        request.taken_by = taken_by
        request.save(force_insert=True)
    version = Answers.sealing(submission, request, now, version_id=version_id, look=look)
    version.save(force_insert=True)
    PrivateCode.give(version, version_id)
    if joins and request.closed_at is None:
        decides = bool({Look.CROWDED, Look.STOPPED} & set(look))
        standing.take_in(request, submission, now, look=decides, by_phone=taken_by is not None)
    elif joins and may_be_crisis(submission.note):  # closed before this came here: it is not called, but it is read
        standing.read_though_closed(request)
    return version


def _same_press(
    submission: Submission, now: datetime.datetime, waited: bool = False
) -> tuple[Answers | None, uuid.UUID]:
    """The version that this press repeats, if any, and the id that it gets if it repeats none.

    What waited in the spool may have been pressed again since, and stored in the window after its own.
    """
    this = window_of(now)
    for window in (this + 1, this - 1, this) if waited else (this - 1, this):
        for closed_before in itertools.count():
            version_id = submission.version_id(window, closed_before)
            found = (
                Answers.objects.select_for_update(of=("self", "request"))  # nobody closes it just then
                .select_related("request")
                .filter(pk=version_id)
                .first()
            )
            code = PrivateCode.objects.of(codes.private_code(version_id)).first()
            if found is None and code is None:
                break
            if found and abs(found.sent_at - now) < SAME_PRESS and _stands(found, code, now if waited else None):
                return found, version_id
    return None, version_id


def pressed_before(submission: Submission, now: datetime.datetime) -> Answers | None:
    """The version that holds these words, if they were sent just now."""
    return _same_press(submission, now)[0]


def _stands(version: Answers, code: PrivateCode | None, then: datetime.datetime | None) -> bool:
    """Its request is open, and the client has given no other number since; `then`: as it was at that moment."""
    ends = [version.request.closed_at, code.ended_at] if code else []
    return code is not None and all(end is None or (then is not None and end > then) for end in ends)


def _whose(submission: Submission, then: datetime.datetime | None) -> CallbackRequest | None:
    """The open request that this belongs to; None where it is a new person, or a number that nobody waits at.

    `then`: what came at that moment belongs to a request that was open then. It opens none that was closed since.
    """
    counts = Q(closed_at=None) | Q(closed_at__gt=then, moved_to=None) if then else Q(closed_at=None)
    at_number = list(
        CallbackRequest.objects.select_for_update()  # nobody closes it while this joins it
        .filter(counts, phone_hash=submission.phone_hash())
        .order_by("-asked_at")
        .prefetch_related(Prefetch("versions", Answers.objects.defer("sealed")))
    )
    at_number.sort(key=lambda request: request.closed_at is not None)
    theirs = next((request for request in at_number if request.is_of(submission)), None)
    waiting = [request for request in at_number if request.closed_at is None]
    return theirs or (waiting[0] if len(waiting) >= MOST_AT_ONE_NUMBER else None)


# While the database is away -----------------------------------------------------------------------------------


def _into_the_spool(submission: Submission, now: datetime.datetime, look: tuple[str, ...]) -> uuid.UUID:
    before, this = (submission.version_id(window_of(now) - offset) for offset in (1, 0))
    waiting = spool.get(before)
    version_id = before if waiting and waiting.received_at > now - SAME_PRESS else this
    spool.put(version_id, seal(submission, version_id, look), now)
    return version_id


def drain() -> int:
    """Move what waits in the spool into the database, and say how much it was. Raises django.db.Error.

    One row that cannot be moved stays, and holds no other back.
    """
    moved = 0
    for waiting in spool.rows():
        try:
            bring_in(waiting)
            moved += 1
            time.sleep(PAUSE)
        except vault.CannotOpen:  # the alarm says so (heartbeat.py)
            continue
        except (DataError, IntegrityError):
            log.exception("a spooled request could not be moved")
    return moved


def bring_in(waiting: spool.Waiting) -> None:
    """Move one row. Raises vault.CannotOpen, django.db.Error.

    Never within a transaction: the row would leave the spool before the database has it. It leaves when it is there:
    whatever ends this half-way, the next drain goes on.
    """
    store_waiting(waiting)
    spool.remove(waiting)


def store_waiting(waiting: spool.Waiting) -> None:
    """Into the database, once. In the spool, if it is there, it stays. Raises vault.CannotOpen, django.db.Error."""
    content = vault.open_sealed(waiting.sealed, waiting.id)
    with transaction.atomic():
        version = store(
            Submission.from_content(content), waiting.received_at, tuple(content.get("look", ())), waited=True
        )
        # Its client was shown the code of the id it had here, whichever version it came to be.
        PrivateCode.give(version, waiting.id)
