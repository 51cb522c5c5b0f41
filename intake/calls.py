"""How the calls go: each try and its outcome, first visits, closings, the steps in a crisis.

Every verb names the state it starts from in its UPDATE, and remembers what it changed, so that it can be undone.
"""

import dataclasses
import datetime
import uuid
from collections.abc import Collection

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from intake import cadence, undo
from intake.attempts import ContactAttempt, StaffNote, StepTaken, Visit
from intake.claims import FREE, Claimed, Refused
from intake.queue import alone_at
from intake.stopped import STOPS, StoppedNumber
from intake.words import CrisisStep, Outcome, Resolution, Status
from reentry_site import facts

TALKED = frozenset({Status.REACHED, Status.BOOKED})
#: Outcomes of a talk with the person. It ends a stop: the number's owner has spoken.
TALKS = frozenset({Outcome.REACHED, Outcome.CALL_LATER, Outcome.THEY_CALLED})


class Called(Claimed):
    """A request as those who call know it; its fields are in models.py."""

    class Meta(Claimed.Meta):
        abstract = True

    # What may be done now ----------------------------------------------------------------------------------

    def may_leave_voicemail(self, now: datetime.datetime) -> bool:
        """Only where they said so, and at most one in three days at this number, whoever asked there."""
        since = now - datetime.timedelta(settings.VOICEMAIL_EVERY_DAYS)
        left = ContactAttempt.objects.standing().filter(outcome=Outcome.LEFT_VOICEMAIL, made_at__gt=since)
        return self.voicemail_ok and not left.filter(request__phone_hash=self.phone_hash).exists()

    def may_be_dialled(self, now: datetime.datetime) -> bool:
        """Not outside 8 to 21 h or the person's own times, nor twice a day, nor where the number was stopped.

        A supervisor may say why it is right this once (`dial_until`), but not where it came back from a backup and was
        not released. Where somebody may be in danger it always is right.
        """
        if self.crisis:
            return True
        if self.restored:
            return False
        if self.dial_until and self.dial_until > now:
            return True
        calendar = cadence.Calendar(facts.current())
        times = () if self.time_agreed else self.preferred_times
        may = calendar.is_their_time(now, times) and not StoppedNumber.has(self.phone_hash)
        return may and not self.was_called_today(now)

    def was_called_today(self, now: datetime.datetime) -> bool:
        """Nobody is called twice a day, unless they said when, or rang back."""
        if self.time_agreed or self.called_back_at or not self.tries:
            return False
        calendar = cadence.Calendar(facts.current())
        since = self.attempts.standing().filter(made_at__gte=calendar.start_of(calendar.today(now)))
        return any(cadence.EFFECTS[outcome].is_call for outcome in since.values_list("outcome", flat=True))

    # Verbs -------------------------------------------------------------------------------------------------

    @transaction.atomic
    def record_attempt(
        self,
        user,
        outcome: Outcome,
        now: datetime.datetime,
        *,
        note: str = "",
        later: datetime.datetime | None = None,
        visit: datetime.date | None = None,
        resolution: Resolution | None = None,
        ask_again_days: int = 0,
    ) -> list:
        """Write down how one try ended; its outcome sets the status, the next try or the closing (cadence.EFFECTS).

        `later`: when they asked to be called. `visit`: the day of the first visit, where they talked and agreed on one.
        `resolution`: closes at once, for "we talked, not now"; `ask_again_days`: they agreed to be asked then.
        Returns the other requests at this number that were closed with it. Raises Refused.
        """
        alone_at(self.phone_hash)
        attempt = ContactAttempt(request=self, made_by=user, made_at=now, outcome=outcome)
        self._refuse_what_was_not_allowed(outcome, now, later)
        effect = self._effect(outcome, resolution)
        if effect.status == Status.CLOSED:
            self._refuse_to_end_a_crisis_unsaid(effect.resolution, note)
            changes = self.closing(effect.resolution, now) | self._asking_again(effect.resolution, ask_again_days, now)
        elif visit and effect.status == Status.REACHED:
            changes = self._booking(user, visit, now)
        else:
            changes = self._next_try(effect, attempt, later)
        changes |= {"tries": self.tries + 1, "called_back_at": None}
        lifts = outcome in TALKS and (not resolution or "ask_again_at" in changes)
        return self._act(user, now, note, changes, attempt=attempt, lifts=lifts)

    @transaction.atomic
    def close(
        self, user, resolution: Resolution, now: datetime.datetime, *, note: str = "", ask_again_days: int = 0
    ) -> list:
        """End this request. One that may be in crisis is not closed without what was done. Raises Refused."""
        alone_at(self.phone_hash)
        self._refuse_to_end_a_crisis_unsaid(resolution, note)
        changes = self.closing(resolution, now) | self._asking_again(resolution, ask_again_days, now)
        return self._act(user, now, note, changes)

    @transaction.atomic
    def book_visit(self, user, day: datetime.date, now: datetime.datetime, *, note: str = "") -> None:
        """They agreed on the day of their first visit, or come on another day than was agreed. Raises Refused."""
        self._act(user, now, note, self._booking(user, day, now), at=TALKED)

    @transaction.atomic
    def miss_visit(self, user, now: datetime.datetime, *, note: str = "") -> None:
        """They did not come: they are called again the same day, as soon as the desk is open. Raises Refused."""
        calendar = cadence.Calendar(facts.current())
        due = calendar.first_try(now, ())
        changes = {"status": Status.REACHED, "visit": None, "visit_has_come": False, "time_agreed": True}
        self._act(user, now, note, changes | _due(due, calendar) | FREE, at={Status.BOOKED})

    @transaction.atomic
    def look_at(self, user, now: datetime.datetime, *, note: str) -> None:
        """Somebody read the note of one that was taken back and may be a crisis. Raises Refused."""
        self._refuse_to_end_a_crisis_unsaid(Resolution.WITHDRAWN, note)
        taken_back = type(self).objects.needing_a_look().filter(pk=self.pk, status=Status.CLOSED)
        if not taken_back.update(needs_look=False):
            raise Refused("Somebody has read it meanwhile.")
        StaffNote.write(self, user, note, now)

    @transaction.atomic
    def take_step(self, user, step: CrisisStep, now: datetime.datetime) -> None:
        """Stamp one step of a crisis, in their order. Raises Refused."""
        alone_at(self.phone_hash)
        taken = self.steps.count()
        if not self.crisis or CrisisStep.values[taken : taken + 1] != [step]:
            raise Refused("Take the steps in their order. One of them was stamped meanwhile.")
        if not self._update(Q(claimed_by=user), acts=F("acts") + 1, undo=None):
            raise Refused(self._why_not(user, now))
        StepTaken.objects.create(request=self, made_by=user, made_at=now, step=step)

    @transaction.atomic
    def allow_dialling(self, user, now: datetime.datetime, *, reason: str) -> None:
        """A supervisor says why it is right to call now. It holds for this one claim. Raises Refused."""
        if not reason.strip():
            raise Refused("Write down why it is right to call now.")
        until = now + datetime.timedelta(minutes=settings.LONGEST_CLAIM_MINUTES)
        if not self._update(Q(claimed_until__gt=now), dial_until=until):
            raise Refused(self._why_not(user, now))
        StaffNote.write(self, user, f"Called outside the rules, because: {reason}", now)

    @transaction.atomic
    def release_restored(self, user, now: datetime.datetime, *, checked: str) -> None:
        """A supervisor found out that they still want this call. Raises Refused."""
        if not checked.strip():
            raise Refused("Write down what you checked, then release it.")
        if not self._update(Q(restored=True), restored=False):
            raise Refused(self._why_not(user, now) if self.restored else "Somebody has released it meanwhile.")
        StaffNote.write(self, user, f"Released after a restore: {checked}", now)

    def mark_crisis(self) -> None:
        """Somebody heard it on the phone: to the top of the queue, and staff are told."""
        changes = {"crisis": True, "told_at": None, "acts": F("acts") + 1, "undo": None}
        type(self).objects.open().filter(pk=self.pk, crisis=False).update(**changes)

    @transaction.atomic
    def unmark_crisis(self, user, now: datetime.datetime, *, reason: str) -> None:
        """It is none, as far as who called can tell, and they say why. Raises Refused."""
        if not reason.strip():
            raise Refused("Write down how you know that nobody is in danger.")
        if not self._update(Q(claimed_by=user, crisis=True), acts=F("acts") + 1, crisis=False, undo=None):
            raise Refused(self._why_not(user, now))
        StaffNote.write(self, user, f"Not a crisis: {reason}", now)

    # How the verbs do it --------------------------------------------------------------------------------

    def _act(
        self,
        user,
        now: datetime.datetime,
        note: str,
        changes: dict,
        *,
        attempt=None,
        at: Collection[Status] = tuple(Status),
        lifts: bool = False,
    ) -> list:
        """Change the row, write down what was done, and remember how it was before. A closing may stop the number.

        `at`: where it may stand before. `lifts`: a talk with its owner ends an earlier stop. Returns the other
        requests that closed with this one. Raises Refused.
        """
        before, act = undo.state(self), str(uuid.uuid4())
        if not self._update(Q(claimed_by=user, status__in=at), acts=F("acts") + 1, **changes):
            raise Refused(self._why_not(user, now))
        if attempt:
            attempt.save(force_insert=True)
        if note:
            StaffNote.write(self, user, note, now)
        stops = changes.get("resolution") in STOPS
        of_number = {"stopped": stops and StoppedNumber.stop(self.phone_hash, now)}
        of_number["lifted"] = lifts and StoppedNumber.lift(self.phone_hash)
        also = self._close_the_others(user, now, act) if stops else []
        undo.remember(self, before, user, now, act=act, attempt=attempt, also=also, **of_number)
        return also

    def _refuse_to_end_a_crisis_unsaid(self, resolution: Resolution, what_was_done: str) -> None:
        if (self.crisis or resolution == Resolution.CRISIS_HANDED_OVER) and not what_was_done.strip():
            raise Refused("This may be a crisis. Write down what was done, then close it.")

    def _refuse_what_was_not_allowed(self, outcome, now, later) -> None:
        if outcome == Outcome.LEFT_VOICEMAIL and not self.may_leave_voicemail(now):
            raise Refused("No voicemail: they did not allow one, or they had one in the last 3 days.")
        if outcome == Outcome.TEXT_SENT and not self.text_ok:
            raise Refused("No text: they did not allow one.")
        if outcome == Outcome.CALL_LATER and (later is None or later <= now):
            raise Refused("Pick a day and time ahead.")

    def closing(self, resolution: Resolution, now: datetime.datetime) -> dict:
        """What a request becomes when it closes."""
        return {
            "status": Status.CLOSED,
            "resolution": resolution,
            "closed_at": now,
            "next_try_at": None,
            "overdue_from": None,
            "needs_look": False,
            **FREE,
        }

    def _asking_again(self, resolution: Resolution, days: int, now: datetime.datetime) -> dict:
        """They said not now, and agreed to be asked once more after so many days."""
        agreed = days and resolution == Resolution.DECLINED_FOR_NOW
        return {"ask_again_at": now + datetime.timedelta(days)} if agreed else {}

    def _earlier(self):
        """The tries that count: since the last talk, or since it came back after a pause; none that was undone."""
        standing = self.attempts.standing()
        talk = standing.filter(outcome__in=TALKS).last()
        since = max((moment for moment in (talk and talk.made_at, self.returned_at) if moment), default=None)
        return standing.filter(made_at__gt=since) if since else standing

    def _effect(self, outcome: Outcome, resolution: Resolution | None) -> cadence.Effect:
        """Who is expected is not closed because nobody answers: they are waited for."""
        earlier = [] if self.status == Status.BOOKED else list(self._earlier().values_list("outcome", flat=True))
        effect = cadence.effect_of(outcome, earlier)
        return dataclasses.replace(effect, status=Status.CLOSED, resolution=resolution) if resolution else effect

    def _next_try(self, effect: cadence.Effect, attempt: ContactAttempt, later: datetime.datetime | None) -> dict:
        """A day that is agreed stands, whatever is said or missed before it: nobody need be called till it comes."""
        calendar = cadence.Calendar(facts.current())
        claim = {} if effect.keeps_claim else FREE
        if self.status == Status.BOOKED and not self.visit_has_come and later is None:
            return {"next_try_at": None, "overdue_from": None, **claim}
        talked = self.status == Status.REACHED and effect.status == Status.TRYING
        stays = talked or self.status == Status.BOOKED
        status = self.status if stays else effect.status
        earlier = self._earlier().values_list("outcome", "made_at")
        calls = [made_at for each, made_at in earlier if cadence.EFFECTS[each].is_call]
        calls += [attempt.made_at] * effect.is_call
        due = later or calendar.next_try(effect, attempt.made_at, calls, self.preferred_times)
        changes = {"status": status, "time_agreed": later is not None, **_due(due, calendar), **claim}
        if status == Status.TRYING and self._broke_the_promise(attempt.made_at):
            changes["overdue_from"] = self.call_by
        return changes

    def _broke_the_promise(self, now: datetime.datetime) -> bool:
        """`call_by` went by and nobody tried before it. A missed try after it does not stop that clock."""
        return self.call_by is not None and self.overdue_from == self.call_by < now

    def _booking(self, user, day: datetime.date, now: datetime.datetime) -> dict:
        """A first visit on this day: nobody is called until it has come (visits.py)."""
        today = cadence.Calendar(facts.current()).today(now)
        if not today <= day <= today + datetime.timedelta(cadence.LOOK_AHEAD_DAYS):
            raise Refused(f"Pick today or a day ahead, within {cadence.LOOK_AHEAD_DAYS} days.")
        return {
            "status": Status.BOOKED,
            "visit": Visit.write(self, user, day, now),
            "visit_has_come": False,
            "time_agreed": False,
            "booked_at": self.booked_at or now,
            "next_try_at": None,
            "overdue_from": None,
            "needs_look": False,
            **FREE,
        }

    def _close_the_others(self, user, now: datetime.datetime, act: str) -> list:
        """The number is not dialled again: its other open requests close with this one, and are returned.

        One that may be a crisis is not closed unread: it needs a look.
        """
        others = self.at_the_same_number()
        others.filter(crisis=True).update(needs_look=True)
        closing = list(others.filter(crisis=False))
        for other in closing:
            before = undo.state(other)
            others.filter(pk=other.pk).update(acts=F("acts") + 1, **self.closing(self.resolution, now))
            other.refresh_from_db()
            undo.remember(other, before, user, now, closed_with=act)
        return closing


def _due(due: datetime.datetime | None, calendar: cadence.Calendar) -> dict:
    """`due` is None where they can be called at no time ahead: a person decides."""
    return {
        "next_try_at": due,
        "overdue_from": calendar.overdue_from(due) if due else None,
        "needs_look": due is None,
    }
