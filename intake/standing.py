"""What a request comes to when its client sends, changes or takes back something. Which request it is: accepting.py.

Staff who have it open are told: `times_sent` goes up, and no verb of theirs saves over it.
"""

import contextlib
import datetime
import uuid
from collections.abc import Sequence

from django.db import transaction
from django.db.models import F

from intake import cadence, codes, vault
from intake.answers import Answers
from intake.attempts import StaffNote, StepTaken, Visit
from intake.crisis import may_be_crisis
from intake.models import CallbackRequest
from intake.queue import alone_at
from intake.stopped import StoppedNumber
from intake.submission import Submission, contact_choices
from intake.words import Resolution, Status
from reentry_site import facts


def begin(submission: Submission, version_id: uuid.UUID, now: datetime.datetime) -> CallbackRequest:
    """An unsaved request with everything that follows from what was sent first."""
    calendar = cadence.Calendar(facts.current())
    request = CallbackRequest(
        reference=codes.reference(version_id),
        asked_at=now,
        phone_hash=submission.phone_hash(),
        crisis=may_be_crisis(submission.note),
        call_by=calendar.call_by(now, submission.preferred_times),
        next_try_at=calendar.first_try(now, submission.preferred_times),
        **contact_choices([submission], submission.preferred_times),
    )
    request.overdue_from, request.needs_look = request.call_by, request.next_try_at is None
    return request


def take_in(
    request: CallbackRequest, sent: Submission, now: datetime.datetime, *, look: bool = False, by_phone: bool = False
) -> None:
    """What was sent just now counts beside what stands: a call is due anew, by the more private answers of both.

    No post can loosen what another allowed: nobody knows who typed the number. `by_phone`: they rang, and staff wrote
    it down; who was tried before has called back.
    """
    is_newest = not request.versions.filter(sent_at__gt=now).exists()  # it may have waited in the spool
    times = (is_newest and sent.preferred_times) or request.preferred_times
    changes = contact_choices([request, sent], times)
    if not request.attempts.standing().filter(made_at__gt=now).exists():  # nor has anybody called since it was sent
        changes |= _due_anew(request, times, now)
        for promise in ("call_by", "overdue_from"):  # a stranger's post puts off none
            changes[promise] = _earlier(getattr(request, promise), changes[promise])
    if by_phone and request.tries:
        changes |= _called_back(times, now)
    if look or changes.get("next_try_at", now) is None:
        changes["needs_look"] = True
    if may_be_crisis(sent.note):
        changes["crisis"] = True
    _update(request, told_at=None, **changes)


def recount(request: CallbackRequest, now: datetime.datetime) -> None:
    """The client changed a version by its link: what stands now counts. A call is due anew only at other times."""
    versions = Answers.objects.filter(request=request, replaced=False)
    standing = [version.opened() or Submission("") for version in versions]  # what cannot be read allows nothing
    times = next((each.preferred_times for each in reversed(standing) if each.preferred_times), ())
    changes = contact_choices(standing, times)
    if set(times) != set(request.preferred_times) and request.status != Status.BOOKED:
        changes |= _due_anew(request, times, now)
        changes["needs_look"] = request.needs_look or changes["next_try_at"] is None
    _update(request, **changes)


def move(left: CallbackRequest, other: CallbackRequest, now: datetime.datetime) -> None:
    """The client gave another number, and nobody else asked here: `other` goes on with the promise and the mark."""
    kept = {}
    if not left.tries:
        kept |= {name: _earlier(getattr(left, name), getattr(other, name)) for name in ("call_by", "overdue_from")}
    if left.status == Status.BOOKED or (left.status == Status.REACHED and left.next_try_at):  # agreed on the phone
        kept |= {
            name: getattr(left, name) for name in ("status", "next_try_at", "overdue_from", "booked_at", "time_agreed")
        }
    if left.status == Status.BOOKED:
        visit = Visit.write(other, left.visit.made_by, left.visit.day, now)
        kept |= {"visit": visit, "visit_has_come": left.visit_has_come}
    for step in left.steps.all():
        StepTaken.objects.create(request=other, made_by=step.made_by, made_at=step.made_at, step=step.step)
    for note in left.staff_notes.all():
        with contextlib.suppress(vault.CannotOpen):
            StaffNote.write(other, note.written_by, note.text, note.written_at)
    _update(left, moved_to=other, **left.closing(Resolution.DUPLICATE, now))
    _update(other, crisis=left.crisis or other.crisis, **kept)


@transaction.atomic
def come_back(request: CallbackRequest, now: datetime.datetime) -> None:
    """They agreed to be asked again about now: open once more, with no tries that count. Whoever asked anew since, or
    is not to be called at all, is not asked by this one too."""
    alone_at(request.phone_hash)
    again = CallbackRequest.objects.to_ask_again(now).filter(pk=request.pk)
    if (request := again.first()) is None:
        return
    if _asked_anew(request) or StoppedNumber.has(request.phone_hash):
        again.update(ask_again_at=None)
        return
    calendar = cadence.Calendar(facts.current())
    due = calendar.first_try(now, request.preferred_times)
    again.update(
        status=Status.REACHED,
        resolution="",
        closed_at=None,
        ask_again_at=None,
        returned_at=now,
        time_agreed=False,
        visit=None,
        visit_has_come=False,
        next_try_at=due,
        overdue_from=due and calendar.overdue_from(due),
        needs_look=due is None,
        told_at=None,
        acts=F("acts") + 1,
        undo=None,
    )


def read_though_closed(request: CallbackRequest) -> None:
    """It may be a crisis, and came here after the closing: nobody is called, but a person reads it."""
    changes = {"crisis": True, "needs_look": True, "told_at": None, "undo": None}
    CallbackRequest.objects.filter(pk=request.pk).update(times_sent=F("times_sent") + 1, **changes)


def _asked_anew(request: CallbackRequest) -> bool:
    """The same person, as far as names tell, whatever became of it since."""
    names = {version.name_hash for version in request.versions.all()} - {""}
    since = CallbackRequest.objects.filter(phone_hash=request.phone_hash, asked_at__gt=request.closed_at)
    others = ({version.name_hash for version in each.versions.all()} - {""} for each in since)
    return any(not names or not theirs or names & theirs for theirs in others)


def withdraw(request: CallbackRequest, now: datetime.datetime) -> None:
    """The client takes it back: never dialled. Where it may be a crisis, a person still reads the note."""
    _update(request, **request.closing(Resolution.WITHDRAWN, now) | {"needs_look": F("crisis"), "told_at": None})


def _update(request: CallbackRequest, **changes) -> None:
    """Nothing where it was closed meanwhile."""
    CallbackRequest.objects.open().filter(pk=request.pk).update(times_sent=F("times_sent") + 1, undo=None, **changes)
    request.refresh_from_db()


def _called_back(times: Sequence[str], now: datetime.datetime) -> dict:
    """They are called at once where the desk is open: this is their call, not one of ours too many."""
    calendar = cadence.Calendar(facts.current())
    due = now if calendar.is_staffed(now) else calendar.first_try(now, times)
    return {"called_back_at": now, "next_try_at": due, "time_agreed": True}


def _earlier(*moments: datetime.datetime | None) -> datetime.datetime | None:
    return min((moment for moment in moments if moment), default=None)


def _due_anew(request: CallbackRequest, times: Sequence[str], now: datetime.datetime) -> dict:
    """They asked again: due at the next of their times, and not on a day on which they were called already.

    A promise that is still to be kept stays, unless its times have changed, and so does what is overdue.
    """
    calendar, same_times = cadence.Calendar(facts.current()), set(times) == set(request.preferred_times)
    calls = [attempt.made_at for attempt in request.attempts.standing() if cadence.EFFECTS[attempt.outcome].is_call]
    due = calendar.first_try(max([now, *map(calendar.day_after, calls)]), times)
    call_by = request.call_by
    if not request.tries and (call_by is None or (call_by > now and not same_times)):
        call_by = calendar.call_by(now, times)
    overdue_from = calendar.overdue_from(due) if request.tries and due else call_by
    if request.overdue_from and (same_times or request.is_overdue(now)):
        overdue_from = min(request.overdue_from, overdue_from or request.overdue_from)
    return {"next_try_at": due, "call_by": call_by, "overdue_from": overdue_from, "time_agreed": False}
