"""Forgetting what is past keeping, and holding what must be kept longer."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import models
from django.db.models import Q

from intake import traces
from intake.claims import Refused
from intake.models import CallbackRequest
from intake.queue import KEPT_LONGER
from intake.words import Resolution


class Reason(models.TextChoices):
    """Why a request is held."""

    RECORDS = "records", "Records request"
    COMPLAINT = "complaint", "Complaint or investigation"
    LEGAL = "legal", "Legal hold"
    OTHER = "other", "Other, see our file"


@dataclass(frozen=True)
class Outlook:
    """How many requests are past their days: `closed` and `spam` go, the others are kept, by the first reason."""

    closed: int
    spam: int
    on_hold: int
    to_be_read: int
    to_be_asked: int

    @property
    def going(self) -> int:
        return self.closed + self.spam

    @property
    def kept(self) -> int:
        return self.on_hold + self.to_be_read + self.to_be_asked


def outlook(now: datetime.datetime) -> Outlook:
    going, left, kept = CallbackRequest.objects.past_keeping(now), CallbackRequest.objects.past_their_days(now), {}
    spam = going.filter(resolution=Resolution.NOT_A_REQUEST).count()
    for name, reason in KEPT_LONGER.items():
        kept[name] = left.filter(reason).count()
        left = left.exclude(reason)
    return Outlook(closed=left.count() - spam, spam=spam, **kept)


def purge(now: datetime.datetime, by: int | None = None) -> int:
    """Delete what is past keeping, and say how many requests that were. What it leaves behind: `traces.wipe`.

    `by`: the account that asked for it.
    """
    if not CallbackRequest.objects.past_keeping(now).exists():
        return 0
    traces.expect()
    return CallbackRequest.objects.purge(now, by)


def named_by(typed: str) -> list[CallbackRequest]:
    """What a reference names, with all that the client gave another number for: who asks for one means them all."""
    return with_other_numbers(CallbackRequest.objects.by_reference(typed))


def with_other_numbers(requests: Iterable[CallbackRequest]) -> list[CallbackRequest]:
    """These and all that the client gave another number for, before or since."""
    found = set(requests)
    while more := set(CallbackRequest.objects.filter(Q(moved_from__in=found) | Q(moved_to__in=found))) - found:
        found |= more
    return sorted(found, key=lambda each: each.asked_at)


def hold(request: CallbackRequest) -> None:
    """From now on it is not purged. Raises Refused."""
    if not CallbackRequest.objects.filter(pk=request.pk, on_hold=False).update(on_hold=True):
        raise Refused(f"{request.reference} is on hold already, or no longer here.")


def lift(request: CallbackRequest) -> None:
    """It goes when its days are over. Raises Refused."""
    if not CallbackRequest.objects.on_hold().filter(pk=request.pk).update(on_hold=False):
        raise Refused(f"{request.reference} is on hold no longer.")
