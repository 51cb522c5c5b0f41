"""One verb tried from every status, whoever holds the request: where it goes through, and what it changes there."""

import dataclasses
import datetime
from collections.abc import Callable

from django.contrib.auth.models import User
from django.db import transaction

from intake import accepting
from intake.attempts import ContactAttempt, StaffNote, StepTaken, Visit
from intake.claims import Refused
from intake.models import CallbackRequest
from intake.stopped import StoppedNumber
from intake.submission import Submission
from intake.words import Outcome, Resolution

DAY, HOUR, MINUTE = (datetime.timedelta(minutes=minutes) for minutes in (24 * 60, 60, 1))
SOON = datetime.date(2026, 3, 12)
NUMBERS = (f"+1216555{number:04}" for number in range(100, 10_000))

OPEN = ("new", "trying", "reached", "booked")
#: Who holds it when Jo presses: nobody, Jo, Tom, each of them until a minute ago, or somebody whose account is off.
HOLDINGS = ("free", "mine", "theirs", "mine_before", "theirs_before", "switched_off")
EVERY = {(status, held) for status in OPEN for held in HOLDINGS}
AT_HAND = {(status, held) for status in OPEN for held in ("mine", "mine_before")}  # nobody else has taken it since
#: What only a live claim allows.
LIVE = {(status, held) for status in OPEN for held in ("mine", "theirs", "switched_off")}


@dataclasses.dataclass
class Desk:
    jo: User
    tom: User
    ana: User
    sue: User
    gone: User
    now: datetime.datetime

    def stands_at(self, status: str, held: str = "free") -> CallbackRequest:
        """A request that came to this status by the desk's own verbs on the day before, and is held so now."""
        before = self.now - DAY
        everything = Submission(next(NUMBERS), name="Sam", voicemail_ok=True, text_ok=True)
        request = accepting.store(everything, before - HOUR).request
        if status != "new":
            request.claim(self.ana, before)
        if status == "trying":
            request.record_attempt(self.ana, Outcome.BUSY, before)
        if status == "reached":
            request.record_attempt(self.ana, Outcome.CALL_LATER, before, later=self.now)
        if status == "booked":
            request.record_attempt(self.ana, Outcome.REACHED, before, visit=SOON)
        if status == "closed":
            request.close(self.ana, Resolution.DUPLICATE, before)
        return self.held(request, held)

    def held(self, request: CallbackRequest, held: str) -> CallbackRequest:
        """The same as one of HOLDINGS, as a page would read it now."""
        if held != "free":
            holder = {"mine": self.jo, "theirs": self.tom, "switched": self.gone}[held.partition("_")[0]]
            request.claim(holder, self.now - 21 * MINUTE if held.endswith("before") else self.now)
        return CallbackRequest.objects.get(pk=request.pk)


def whole(request: CallbackRequest) -> dict:
    """Every column of the row, how much belongs to it, and whether its number is stopped."""
    rows = {
        model.__name__: model.objects.filter(request=request).count()
        for model in (ContactAttempt, Visit, StaffNote, StepTaken)
    }
    row = CallbackRequest.objects.filter(pk=request.pk).values().get()
    return row | rows | {"stopped": StoppedNumber.has(request.phone_hash)}


def allowed(desk: Desk, verb: Callable) -> dict[tuple, dict]:
    """(status, held) → what the verb changed there, where it went through. Where it was refused nothing changed."""
    went = {}
    for status in (*OPEN, "closed"):
        start = desk.stands_at(status)
        for held in HOLDINGS if status != "closed" else ("free",):
            with transaction.atomic():
                request = desk.held(CallbackRequest.objects.get(pk=start.pk), held)
                before = whole(request)
                did = _does(verb, request)
                after = whole(request)
                transaction.set_rollback(True)
            assert did or after == before, (status, held)
            if did:
                went[status, held] = {name: after[name] for name in after if after[name] != before[name]}
    return went


def _does(verb: Callable, request: CallbackRequest) -> bool:
    try:
        return verb(request) is not False
    except Refused:
        return False
