"""Who has a request now. A claim is a lease: `claimed_until > now` is the rule, and nobody is ever stranded behind one.

Every verb names the state it starts from in its UPDATE: of two people who press, one wins and the other is told.
"""

import datetime

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.db.models import F, Q

from intake.attempts import StaffNote
from intake.queue import alone_at
from intake.words import Status

FREE = {"claimed_by": None, "claimed_at": None, "claimed_until": None, "dial_until": None}


class Refused(Exception):
    """A verb that cannot be done as things stand now; the message is for the person who pressed."""


class Claimed(models.Model):
    """The lease, and the two counters by which no verb saves over what it has not seen.

    `acts`: how often staff did something. `times_sent`: how often the client sent or changed something.
    `dial_until`: a supervisor said why it may be dialled against the person's times or an earlier stop.
    """

    acts = models.PositiveIntegerField(default=0)
    times_sent = models.PositiveIntegerField(default=1)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="claims"
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    dial_until = models.DateTimeField(null=True, blank=True)
    #: When somebody first opened the card: what nobody opened is not closed among many.
    opened_at = models.DateTimeField(null=True, blank=True)
    #: What the last act changed, so that it can be taken back (undo.py). Nothing once anyone acted after.
    undo = models.JSONField(null=True, editable=False)

    class Meta:
        abstract = True

    def holder(self, now: datetime.datetime):
        """Who has this request now, or None: the lease ran out, or the account is switched off."""
        held = self.claimed_by_id and self.claimed_until > now and self.claimed_by.is_active
        return self.claimed_by if held else None

    @transaction.atomic
    def claim(self, user, now: datetime.datetime) -> None:
        """Hold this request for CLAIM_MINUTES, first come first served; the holder's own claim begins anew.

        Nor may somebody else be on another request at the same number: it is the same phone that would ring.
        """
        alone_at(self.phone_hash)
        self.refuse_while_the_number_is_taken(user, now)
        own = self.claimed_by_id == user.pk
        changes = {
            "claimed_by": user,
            "claimed_at": now,
            "claimed_until": now + datetime.timedelta(minutes=settings.CLAIM_MINUTES),
            "dial_until": self.dial_until if own else None,
            "undo": self.undo if self.undo and self.undo["by"] == user.pk else None,
        }
        if not self._update(_free(now) | Q(claimed_by=user), **changes):
            raise Refused(self._why_not(user, now))

    def hold_longer(self, user, now: datetime.datetime) -> bool:
        """The card is still on somebody's screen: another CLAIM_MINUTES, at most until LONGEST_CLAIM_MINUTES have gone.

        False where it is theirs no longer. Nothing else changes, so that no card on a screen grows old by it.
        """
        wanted = now + datetime.timedelta(minutes=settings.CLAIM_MINUTES)
        mine = type(self).objects.open().filter(pk=self.pk, claimed_by=user, claimed_until__gt=now)
        claimed_at = mine.values_list("claimed_at", flat=True).first()
        if claimed_at is None:
            return False
        until = min(wanted, claimed_at + datetime.timedelta(minutes=settings.LONGEST_CLAIM_MINUTES))
        return bool(mine.filter(claimed_at=claimed_at).update(claimed_until=max(until, now)))

    def release(self, user, now: datetime.datetime, *, supervises: bool = False) -> None:
        """Give it back to the queue; who `supervises` frees anyone's. Raises Refused when somebody else holds it."""
        if not self._update(Q() if supervises else Q(claimed_by=user), **FREE):
            raise Refused(self._why_not(user, now))

    @transaction.atomic
    def hand_over(self, user, to, now: datetime.datetime, *, line: str, supervises: bool = False) -> None:
        """A colleague has it from now on, with a line that says why. What nobody holds, a supervisor may give too."""
        alone_at(self.phone_hash)
        self.refuse_while_the_number_is_taken(to, now)
        if not line.strip():
            raise Refused("Write a line for your colleague, then hand it over.")
        if not to.has_perm("intake.work_queue"):  # an account that is off has none
            raise Refused("This colleague cannot take calls now. Pick another.")
        until = now + datetime.timedelta(minutes=settings.CLAIM_MINUTES)
        changes = FREE | {"claimed_by": to, "claimed_at": now, "claimed_until": until, "undo": None}
        if not self._update(Q() if supervises else Q(claimed_by=user), acts=F("acts") + 1, **changes):
            raise Refused(self._why_not(user, now))
        StaffNote.write(self, user, f"To {_name(to)}: {line}", now)

    def refuse_while_the_number_is_taken(self, by, now: datetime.datetime) -> None:
        """Somebody else than `by` is on another request at this number. Raises Refused."""
        taken = self.at_the_same_number().filter(claimed_until__gt=now, claimed_by__is_active=True)
        if other := taken.exclude(claimed_by=by).select_related("claimed_by").first():
            raise Refused(f"{_name(other.claimed_by)} has this number now.")

    def _update(self, condition: Q, **changes) -> bool:
        """Change this row only if it still is as this object knows it and meets the condition.

        A claim that has run out still counts for who held it, as long as nobody else took the call meanwhile.
        """
        known = {"status": self.status, "acts": self.acts, "times_sent": self.times_sent}
        if not type(self).objects.open().filter(condition, pk=self.pk, **known).update(**changes):
            return False
        if "acts" in changes:
            changes["acts"] = self.acts + 1
        for name, value in changes.items():
            setattr(self, name, value)
        return True

    def _why_not(self, user, now: datetime.datetime) -> str:
        fresh = type(self).objects.select_related("claimed_by").get(pk=self.pk)
        if fresh.status == Status.CLOSED:
            return f"This request is closed: {fresh.get_resolution_display()}."
        if fresh.times_sent != self.times_sent:
            return "They changed their request just now. Look again before you call."
        holder = fresh.holder(now)
        if holder and holder != user:
            return f"{_name(holder)} has this call now."
        if (fresh.status, fresh.acts) != (self.status, self.acts):
            return "Something was written down meanwhile. Look again before you call."
        return "You no longer hold this call. Take it again first."


def _free(now: datetime.datetime) -> Q:
    switched_off = get_user_model().objects.filter(is_active=False)
    return Q(claimed_by=None) | Q(claimed_until__lte=now) | Q(claimed_by__in=switched_off)


def _name(user) -> str:
    return user.get_short_name() or user.get_username()
