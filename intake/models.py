"""What is kept of a request for a call, and the verbs that move it. (Sets of requests: queue.py.)

In clear: identity, times, status and the choices the queue sorts by. Sealed: what the client sent (answers.py), notes.
Every verb names the state it starts from in its UPDATE: of two people who press, one wins and the other is told.
"""

import dataclasses
import datetime
import functools
import uuid

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q

from intake import cadence, vault
from intake.attempts import ContactAttempt, StaffNote
from intake.notices import Notice  # noqa: F401 (Django finds models here)
from intake.queue import Queue, alone_at
from intake.submission import Submission
from intake.words import Daypart, Outcome, Resolution, Status
from reentry_site import facts


class Refused(Exception):
    """A verb that cannot be done as things stand now; the message is for the person who pressed."""


class CallbackRequest(models.Model):
    """One person at one number who asks to be called. The contact choices are the strictest of all they sent.

    `times_sent`: how often they sent something or changed it, so that staff never save over a change.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=9, db_index=True, editable=False)
    asked_at = models.DateTimeField(editable=False)
    phone_hash = models.CharField(max_length=64, db_index=True, editable=False)
    times_sent = models.PositiveIntegerField(default=1)

    voicemail_ok = models.BooleanField(default=False)
    text_ok = models.BooleanField(default=False)
    may_say_clinic_name = models.BooleanField(default=False)
    wants_morning = models.BooleanField(default=False)
    wants_afternoon = models.BooleanField(default=False)
    wants_evening = models.BooleanField(default=False)

    status = models.CharField(max_length=10, choices=Status, default=Status.NEW)
    resolution = models.CharField(max_length=20, choices=Resolution, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    crisis = models.BooleanField("may be in crisis", default=False)
    needs_look = models.BooleanField("needs a look", default=False)
    call_by = models.DateTimeField("promised by", null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField("next try", null=True, blank=True)
    overdue_from = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, editable=False)  # when a mail told staff that something waits

    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="claims"
    )
    claimed_until = models.DateTimeField(null=True, blank=True)
    #: The request at the other number that the client gave in place of this one.
    moved_to = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="moved_from")
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="written_down"
    )

    objects = Queue.as_manager()

    class Meta:
        verbose_name = "request for a call"
        verbose_name_plural = "calls to make"
        default_permissions = ()
        permissions = (
            ("work_queue", "Can work the queue of calls"),
            ("supervise", "Can supervise the calls"),
        )
        indexes = (
            models.Index(fields=["next_try_at"], name="open_by_next_try", condition=~Q(status="closed")),
            models.Index(fields=["status"], name="untold", condition=Q(told_at=None)),
            models.Index(fields=["asked_at"], name="to_look_at", condition=Q(needs_look=True)),
            models.Index(fields=["-closed_at"], name="closed_last", condition=Q(status="closed")),
        )
        constraints = (
            models.CheckConstraint(condition=Q(status__in=Status.values), name="status_is_known"),
            models.CheckConstraint(
                condition=Q(status="closed", closed_at__isnull=False) & ~Q(resolution="")
                | ~Q(status="closed") & Q(resolution="", closed_at__isnull=True),
                name="closed_has_a_resolution",
            ),
            models.CheckConstraint(
                condition=Q(claimed_by__isnull=True, claimed_until__isnull=True)
                | Q(claimed_by__isnull=False, claimed_until__isnull=False),
                name="a_claim_ends",
            ),
            models.CheckConstraint(
                condition=~Q(status="closed") | Q(next_try_at__isnull=True, claimed_by__isnull=True),
                name="closed_is_not_dialled",
            ),
        )

    def __str__(self) -> str:
        return self.reference

    # What it says ---------------------------------------------------------------------------------------

    @functools.cached_property
    def submission(self) -> Submission:
        """What the client sent last, as it stands, under the name they gave at any time. Raises vault.CannotOpen."""
        standing = [sent for each in self.versions.all() if not each.replaced and (sent := each.opened())]
        if not standing:
            raise vault.CannotOpen("no version opens")
        name = next((sent.name for sent in reversed(standing) if sent.name), "")
        return dataclasses.replace(standing[-1], name=name)

    def is_of(self, submission: Submission) -> bool:
        """True unless somebody else sent it: another name, where both gave one."""
        known = {version.name_hash for version in self.versions.all()} - {""}
        name = submission.name_hash()
        return not name or not known or name in known

    @property
    def preferred_times(self) -> list[Daypart]:
        return [part for part in Daypart if getattr(self, f"wants_{part}")]

    def holder(self, now: datetime.datetime):
        """Who has this request now, or None: a claim is a lease and ends by itself."""
        return self.claimed_by if self.claimed_by_id and self.claimed_until > now else None

    def promise(self, now: datetime.datetime) -> datetime.datetime | None:
        """By when the client was told that we call, as long as that is ahead; None while the clinic gives no hours."""
        is_ahead = self.call_by is not None and self.call_by > now and not self.tries
        return self.call_by if is_ahead and facts.current().hours else None

    def is_overdue(self, now: datetime.datetime) -> bool:
        return self.overdue_from is not None and self.overdue_from <= now and self.status != Status.CLOSED

    def may_leave_voicemail(self, now: datetime.datetime) -> bool:
        """Only where they said so, and at most one in three days."""
        since = now - cadence.VOICEMAIL_EVERY
        return (
            self.voicemail_ok and not self.attempts.filter(outcome=Outcome.LEFT_VOICEMAIL, made_at__gt=since).exists()
        )

    def was_withdrawn_by_another(self) -> bool:
        """Another person at this number took their request back: it is not this one's word."""
        withdrawn = CallbackRequest.objects.filter(phone_hash=self.phone_hash, resolution=Resolution.WITHDRAWN)
        return withdrawn.exclude(pk=self.pk).filter(closed_at__gt=self.asked_at).exists()

    def at_the_same_number(self):
        """The other open requests at this number."""
        return CallbackRequest.objects.open().filter(phone_hash=self.phone_hash).exclude(pk=self.pk)

    # Verbs ----------------------------------------------------------------------------------------------

    @transaction.atomic
    def claim(self, user, now: datetime.datetime) -> None:
        """Hold this request for CLAIM_MINUTES, first come first served; the holder's own claim is renewed.

        Nor may somebody else be on another request at the same number: it is the same phone that would ring.
        """
        alone_at(self.phone_hash)
        free = Q(claimed_by=None) | Q(claimed_until__lte=now) | Q(claimed_by=user)
        if other := self.at_the_same_number().filter(claimed_until__gt=now).exclude(claimed_by=user).first():
            raise Refused(f"{other.claimed_by.get_short_name() or other.claimed_by} has this number now.")
        until = now + datetime.timedelta(minutes=settings.CLAIM_MINUTES)
        if not self._update(free, claimed_by=user, claimed_until=until):
            raise Refused(self._why_not(user, now))

    def release(self, user, now: datetime.datetime) -> None:
        """Give it back to the queue. Raises Refused when somebody else holds it."""
        if not self._update(Q(claimed_by=user), claimed_by=None, claimed_until=None):
            raise Refused(self._why_not(user, now))

    def may_reopen(self, now: datetime.datetime) -> bool:
        """Staff closed it a moment ago. What the client closed or left for another number stays closed."""
        fresh = now - datetime.timedelta(minutes=settings.REOPEN_MINUTES)
        by_client = self.resolution == Resolution.WITHDRAWN or self.moved_to_id is not None
        return self.status == Status.CLOSED and self.closed_at > fresh and not by_client

    def reopen(self, user, now: datetime.datetime) -> None:
        """Take a closing back that was a slip, while it is fresh; the request is held again. Raises Refused."""
        calendar = cadence.Calendar(facts.current())
        due = calendar.first_try(now, self.preferred_times)
        as_known = CallbackRequest.objects.filter(pk=self.pk, closed_at=self.closed_at, resolution=self.resolution)
        if not self.may_reopen(now) or not as_known.update(
            status=Status.TRYING if self.tries else Status.NEW,
            resolution="",
            closed_at=None,
            next_try_at=due,
            overdue_from=calendar.overdue_from(due) if due else None,
            needs_look=due is None,
            claimed_by=user,
            claimed_until=now + datetime.timedelta(minutes=settings.CLAIM_MINUTES),
        ):
            raise Refused("This can no longer be opened again. They can ask anew, or you can write it down.")

    @transaction.atomic
    def record_attempt(
        self,
        user,
        outcome: Outcome,
        now: datetime.datetime,
        *,
        note: str = "",
        later: datetime.datetime | None = None,
        resolution: Resolution | None = None,
    ) -> list["CallbackRequest"]:
        """Write down how one try ended; its outcome sets the status, the next try or the closing.

        `later`: when they asked to be called. `resolution`: closes at once, for "we talked, not now".
        Returns the other requests at this number that were closed with it. Raises Refused.
        """
        alone_at(self.phone_hash)
        earlier = list(self.attempts.values_list("outcome", "made_at"))
        effect = cadence.effect_of(outcome, [each for each, _ in earlier])
        if resolution:
            effect = dataclasses.replace(effect, status=Status.CLOSED, resolution=resolution)
        self._refuse_what_was_not_allowed(outcome, now, later)
        if effect.status == Status.CLOSED:
            self._refuse_to_end_a_crisis_unsaid(effect.resolution, note)
            changes = self.closing(effect.resolution, now)
        else:
            changes = self._next_try(effect, outcome, earlier, now, later)
        if not self._update(Q(claimed_by=user), tries=self.tries + 1, **changes):
            raise Refused(self._why_not(user, now))
        ContactAttempt.objects.create(request=self, made_by=user, made_at=now, outcome=outcome)
        if note:
            StaffNote.write(self, user, note, now)
        stops = outcome in {Outcome.ASKED_TO_STOP, Outcome.WRONG_NUMBER}
        return self._stop_this_number(effect.resolution, now) if stops else []

    @transaction.atomic
    def close(self, user, resolution: Resolution, now: datetime.datetime, *, note: str = "") -> None:
        """End this request. One that may be in crisis is not closed without what was done. Raises Refused."""
        self._refuse_to_end_a_crisis_unsaid(resolution, note)
        if not self._update(Q(claimed_by=user), **self.closing(resolution, now)):
            raise Refused(self._why_not(user, now))
        if note:
            StaffNote.write(self, user, note, now)

    @transaction.atomic
    def look_at(self, user, now: datetime.datetime, *, note: str) -> None:
        """Somebody read the note of one that was taken back and may be a crisis. Raises Refused."""
        self._refuse_to_end_a_crisis_unsaid(Resolution.WITHDRAWN, note)
        taken_back = CallbackRequest.objects.needing_a_look().filter(pk=self.pk, status=Status.CLOSED)
        if not taken_back.update(needs_look=False):
            raise Refused("Somebody has read it meanwhile.")
        StaffNote.write(self, user, note, now)

    def mark_crisis(self) -> None:
        """Somebody heard it on the phone: to the top of the queue."""
        CallbackRequest.objects.open().filter(pk=self.pk).update(crisis=True)

    # How the verbs do it --------------------------------------------------------------------------------

    def _update(self, condition: Q, **changes) -> bool:
        """Change this row only if it still is as this object knows it and meets the condition.

        A claim that has run out still counts for who held it, as long as nobody else took the call meanwhile.
        """
        known = {"status": self.status, "tries": self.tries, "times_sent": self.times_sent}
        as_known = CallbackRequest.objects.open().filter(condition, pk=self.pk, **known)
        if not as_known.update(**changes):
            return False
        for name, value in changes.items():
            setattr(self, name, value)
        return True

    def _why_not(self, user, now: datetime.datetime) -> str:
        fresh = CallbackRequest.objects.select_related("claimed_by").get(pk=self.pk)
        if fresh.status == Status.CLOSED:
            return f"This request is closed: {fresh.get_resolution_display()}."
        holder = fresh.holder(now)
        if holder and holder != user:
            return f"{holder.get_short_name() or holder} has this call now."
        if fresh.times_sent != self.times_sent:
            return "They changed their request just now. Look again before you call."
        if (fresh.status, fresh.tries) != (self.status, self.tries):
            return "A try was written down meanwhile. Look again before you call."
        return "You no longer hold this call. Take it again first."

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
            "claimed_by": None,
            "claimed_until": None,
            "needs_look": False,
        }

    def _next_try(self, effect, outcome, earlier, now, later) -> dict:
        calendar = cadence.Calendar(facts.current())
        status = self.status if effect.status == Status.TRYING and self.status in _TALKED else effect.status
        calls = [made_at for each, made_at in earlier if cadence.EFFECTS[each].is_call] + [now] * effect.is_call
        due = later or calendar.next_try(effect, now, calls, self.preferred_times)
        claim = {} if effect.keeps_claim else {"claimed_by": None, "claimed_until": None}
        return {
            "status": status,
            "next_try_at": due,
            "overdue_from": calendar.overdue_from(due) if due else None,
            "needs_look": due is None,  # no time ahead in which they can be called: a person decides
            **claim,
        }

    def _stop_this_number(self, resolution: Resolution, now: datetime.datetime) -> list["CallbackRequest"]:
        """The number is not dialled again: its other open requests close with this one, and are returned.

        One that may be a crisis is not closed unread: it needs a look.
        """
        others = self.at_the_same_number()
        others.filter(crisis=True).update(needs_look=True)
        closing = list(others.filter(crisis=False))
        others.filter(crisis=False).update(**self.closing(resolution, now))
        return closing


_TALKED = frozenset({Status.REACHED, Status.BOOKED})
