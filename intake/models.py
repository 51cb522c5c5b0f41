"""What is kept of a request for a call. How the calls go: calls.py. Who has it: claims.py. Sets of requests: queue.py.

In clear: identity, times, status and the choices the queue sorts by. Sealed: what the client sent (answers.py), notes.
"""

import dataclasses
import datetime
import functools
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from intake import vault
from intake.calls import Called
from intake.figures import Figure  # noqa: F401 (Django finds models here)
from intake.notices import Notice  # noqa: F401 (and here)
from intake.queue import NEEDS_LOOK, Queue
from intake.submission import Submission
from intake.words import Daypart, Resolution, Status
from reentry_site import facts


class CallbackRequest(Called):
    """One person at one number who asks to be called. The contact choices are the strictest of all they sent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=9, db_index=True, editable=False)
    asked_at = models.DateTimeField(editable=False)
    phone_hash = models.CharField(max_length=64, db_index=True, editable=False)

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
    #: They said themselves when to call next: that counts, whatever times they had picked before.
    time_agreed = models.BooleanField(default=False)
    told_at = models.DateTimeField(null=True, editable=False)  # when a mail told staff that something waits

    #: Somebody tried here rang back and was written down: today they go before the others.
    called_back_at = models.DateTimeField(null=True, blank=True)
    #: The first visit that stands; its day is sealed, and nobody need be called before it has come (visits.py).
    visit = models.ForeignKey("intake.Visit", models.SET_NULL, null=True, blank=True, related_name="+")
    visit_has_come = models.BooleanField(default=False)
    booked_at = models.DateTimeField("first booked", null=True, blank=True)
    #: Closed, and asked to be called once more then. `returned_at`: it did; earlier tries count no longer.
    ask_again_at = models.DateTimeField(null=True, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)
    #: It came back from a backup: they may have asked us to stop since, so a supervisor checks before it is dialled.
    restored = models.BooleanField("restored: check first", default=False)
    #: A privacy officer keeps it from being purged.
    on_hold = models.BooleanField(default=False)

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
            ("keep", "Can hold and purge what is kept"),
        )
        indexes = (
            models.Index(fields=["next_try_at"], name="open_by_next_try", condition=~Q(status="closed")),
            models.Index(fields=["status"], name="untold", condition=Q(told_at=None)),
            models.Index(fields=["asked_at"], name="to_look_at", condition=NEEDS_LOOK),
            models.Index(fields=["-closed_at"], name="closed_last", condition=Q(status="closed")),
            models.Index(fields=["asked_at"], name="asked"),
            models.Index(fields=["ask_again_at"], name="to_ask_again", condition=Q(ask_again_at__isnull=False)),
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

    def promise(self, now: datetime.datetime) -> datetime.datetime | None:
        """By when the client was told that we call, as long as that is ahead; None while the clinic gives no hours."""
        is_ahead = self.call_by is not None and self.call_by > now and not self.tries
        return self.call_by if is_ahead and facts.current().hours else None

    def is_overdue(self, now: datetime.datetime) -> bool:
        return self.overdue_from is not None and self.overdue_from <= now and self.status != Status.CLOSED

    def was_withdrawn_by_another(self) -> bool:
        """Another person at this number took their request back: it is not this one's word."""
        withdrawn = CallbackRequest.objects.filter(phone_hash=self.phone_hash, resolution=Resolution.WITHDRAWN)
        return withdrawn.exclude(pk=self.pk).filter(closed_at__gt=self.asked_at).exists()

    def at_the_same_number(self):
        """The other open requests at this number."""
        return CallbackRequest.objects.open().filter(phone_hash=self.phone_hash).exclude(pk=self.pk)
