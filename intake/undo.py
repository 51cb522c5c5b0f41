"""Undoing what staff did last, by a slip: for ten minutes, and only while nobody has acted since.

What was before is kept on the row itself, as `undo`; the next act of anyone, or a change by the client, clears it.
"""

import datetime
import uuid
from collections.abc import Collection

from django.conf import settings
from django.db import transaction

from intake.attempts import ContactAttempt
from intake.claims import FREE, Refused
from intake.queue import alone_at
from intake.stopped import STOPS, StoppedNumber

#: What an act of staff may change. Never what the client sent.
KEPT = (
    "status",
    "resolution",
    "closed_at",
    "tries",
    "next_try_at",
    "overdue_from",
    "time_agreed",
    "needs_look",
    "called_back_at",
    "visit_id",
    "visit_has_come",
    "booked_at",
    "ask_again_at",
)
GONE = "This can no longer be undone. Write down what is right instead."


def state(request) -> dict:
    """What this request is now, as JSON keeps it."""
    return {name: _plain(getattr(request, name)) for name in KEPT}


def remember(
    request,
    before: dict,
    user,
    now: datetime.datetime,
    *,
    attempt: ContactAttempt | None = None,
    also: Collection = (),
    act: str = "",
    closed_with: str = "",
    stopped: bool = False,
    lifted: bool = False,
) -> None:
    """Keep what an act changed. `stopped`, `lifted`: of the number.

    `also`: other requests that this `act` closed, for each of which it is `closed_with`: they are undone with it alone.
    """
    request.undo = {
        "by": user.pk,
        "until": (now + datetime.timedelta(minutes=settings.UNDO_MINUTES)).isoformat(),
        "acts": request.acts,
        "before": before,
        "attempt": attempt and str(attempt.pk),
        "also": [str(other.pk) for other in also],
        "act": act,
        "closed_with": closed_with,
        "stopped": stopped,
        "lifted": lifted,
    }
    type(request).objects.filter(pk=request.pk).update(undo=request.undo)


def may_undo(request, user, now: datetime.datetime) -> bool:
    """Who did it, or a supervisor, while it is fresh. What the client ended stays ended."""
    kept = request.undo
    if not kept or kept["closed_with"] or request.moved_to_id:
        return False
    is_fresh = datetime.datetime.fromisoformat(kept["until"]) > now and kept["acts"] == request.acts
    return is_fresh and (kept["by"] == user.pk or user.has_perm("intake.supervise"))


@transaction.atomic
def undo_last(request, user, now: datetime.datetime) -> list:
    """The request is as it was before, held by who takes it back. A try stays, beside the row that reverses it.

    Returns the other requests that are open again with it. Raises Refused.
    """
    alone_at(request.phone_hash)
    if not may_undo(request, user, now):
        raise Refused(GONE)
    request.refuse_while_the_number_is_taken(user, now)
    kept = request.undo
    if request.closed_at and request.at_the_same_number().filter(asked_at__gt=request.closed_at).exists():
        raise Refused("They asked again meanwhile. Take that request instead.")
    until = now + datetime.timedelta(minutes=settings.CLAIM_MINUTES)
    holding = {"claimed_by": user, "claimed_at": now, "claimed_until": until}
    if not _restore(request, kept, **holding):
        raise Refused(GONE)
    if kept["attempt"]:
        tried = ContactAttempt.objects.get(pk=kept["attempt"])
        ContactAttempt.objects.create(request=request, made_by=user, made_at=now, outcome=tried.outcome, reverses=tried)
    if kept["stopped"] and not _is_stopped_by_another(request, kept["act"]):
        StoppedNumber.lift(request.phone_hash)
    if kept["lifted"]:
        StoppedNumber.stop(request.phone_hash, now)
    others = type(request).objects.filter(pk__in=kept["also"]).exclude(undo=None)
    return [other for other in others if other.undo["closed_with"] == kept["act"] and _restore(other, other.undo)]


def _is_stopped_by_another(request, act: str) -> bool:
    """Somebody else at this number asked us to stop as well."""
    others = type(request).objects.filter(phone_hash=request.phone_hash, resolution__in=STOPS).exclude(pk=request.pk)
    return any(not other.undo or other.undo["closed_with"] != act for other in others)


def _restore(request, kept: dict, **holding) -> bool:
    """Only if nobody, staff or client, has acted since. False where somebody has."""
    as_left = type(request).objects.filter(pk=request.pk, acts=kept["acts"], times_sent=request.times_sent)
    restored = {name: request._meta.get_field(name).to_python(value) for name, value in kept["before"].items()}
    if not as_left.exclude(undo=None).update(acts=kept["acts"] + 1, undo=None, **FREE | holding, **restored):
        return False
    request.refresh_from_db()
    return True


def _plain(value):
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID) else value
