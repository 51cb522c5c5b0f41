"""Tells staff by mail that something waits, never what or whose: each kind of mail is the same words every time.

What is owed is found from the requests themselves, so that nothing has to be remembered between two rounds.
"""

import contextlib
import dataclasses
import datetime
import logging
import time

from django.conf import settings
from django.contrib.auth.models import User
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from intake.cadence import Calendar
from intake.models import CallbackRequest
from intake.notices import Notice
from reentry_site import facts
from reentry_site.accounts import invitations

log = logging.getLogger(__name__)

#: So long one round sends at most (seconds): a slow mail server does not hold up the rest of the sweeper.
PATIENCE = 60
#: So many requests one mail tells of at most; more are told by the next.
MOST = 1000


@dataclasses.dataclass(frozen=True)
class Kind:
    name: str
    words: str
    groups: tuple[str, ...]


WAITING = Kind("waiting", "A request is waiting. Sign in.", ("triage", "supervisor"))
OVERDUE = Kind("overdue", "A call is overdue. Sign in.", ("supervisor",))


def send(now: datetime.datetime) -> None:
    """Send what is owed. A mail that cannot be sent is a line in the log, is seen at the desk, and is tried again."""
    if not settings.EMAIL_URL:
        return
    untold = list(CallbackRequest.objects.untold().values_list("pk", flat=True)[:MOST])
    if _send(WAITING, bool(untold), now):
        CallbackRequest.objects.filter(pk__in=untold).update(told_at=now)
    _send(OVERDUE, _morning_is_owed(now), now)


def failing_since() -> datetime.datetime | None:
    """Since when mail has not gone out; None where none is sent at all."""
    return Notice.failing() if settings.EMAIL_URL else None


def _morning_is_owed(now: datetime.datetime) -> bool:
    """Once a day, at the first staffed moment at which something is overdue and can be done something about."""
    calendar = Calendar(facts.current())
    sent_at = Notice.of(OVERDUE.name, now).sent_at
    told_today = (
        sent_at is not None and sent_at.astimezone(calendar.zone).date() == now.astimezone(calendar.zone).date()
    )
    to_do = CallbackRequest.objects.overdue(now).exclude(next_try_at__gt=now)
    return not told_today and calendar.is_staffed(now) and to_do.exists()


def _send(kind: Kind, owed: bool, now: datetime.datetime) -> bool:
    """True when a mail of this kind was sent. What failed before is tried again even when nothing is owed any more:
    then the mail server is only asked, so that the alarm ends when it works."""
    notice = Notice.of(kind.name, now)
    addresses = _addresses(kind) if owed else []
    if not (addresses or notice.failing_since) or not notice.claim(now):
        return False
    try:
        _deliver(kind, addresses)
    except Exception:
        log.exception("the mail to staff did not go out")
        notice.failed(timezone.now())
        return False
    notice.worked(now, sent=bool(addresses))
    return bool(addresses)


def _addresses(kind: Kind) -> list[str]:
    staff = User.objects.filter(is_active=True, is_staff=True, groups__name__in=kind.groups).exclude(email="")
    return sorted(set(staff.values_list("email", flat=True)))


def _deliver(kind: Kind, addresses: list[str]) -> None:
    """A mail to each, so that nobody sees another's address. Where none was taken, raises why.

    One address that is refused keeps nobody else's mail back.
    """
    until, taken, fault = time.monotonic() + PATIENCE, 0, None
    body = f"{kind.words}\n\n{invitations.base_address()}{reverse('admin:index')}\n"
    server = mail.get_connection()
    server.open()
    for address in addresses:
        if time.monotonic() > until:
            break
        try:
            taken += mail.EmailMessage(kind.words, body, to=[address], connection=server).send()
        except OSError as reason:  # smtplib's own are among them
            log.exception("the mail to one member of staff did not go out")
            fault = reason
    with contextlib.suppress(OSError):
        server.close()
    if addresses and not taken:
        raise fault or TimeoutError
