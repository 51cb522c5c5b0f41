"""What machines ask: does the process live, and can it take a request for a call? Says nothing of any person."""

import datetime
from collections.abc import Iterator

from django.db import Error, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from intake import heartbeat, spool
from intake.heartbeat import SILENT
from reentry_site.accounts.models import UsedInvitation
from reentry_site.pages import publishing
from reentry_site.record import triggers

PLAIN = "text/plain; charset=utf-8"
LOOPBACK = {"127.0.0.1", "::1"}
PROXYS = {"X-Forwarded-For", "X-Forwarded-Proto", "Forwarded"}


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process lives. Touches nothing."""
    return HttpResponse("ok\n", content_type=PLAIN)


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """A request can be stored and pages are loaded; else 503. Who asks on this machine learns why, and warnings.

    Either of database and spool is enough: what the spool takes is not lost.
    """
    stores = {"database": can_store(), "spool": spool.takes_a_row()}
    away = [name for name, takes_a_row in stores.items() if not takes_a_row]
    missing = away if len(away) == len(stores) else []
    if not publishing.is_loaded():
        missing = [*missing, "content"]
    warnings = [] if missing else list(_warnings(away, timezone.now()))
    words = "not ready" if missing else "ready"
    if _asks_on_this_machine(request):
        words += f": {', '.join(missing)}" if missing else ""
        words += f", but: {'; '.join(warnings)}" if warnings else ""
    return HttpResponse(f"{words}\n", content_type=PLAIN, status=503 if missing else 200)


def _asks_on_this_machine(request: HttpRequest) -> bool:
    """A proxy comes from this machine too: its headers tell that somebody asks through it."""
    return request.META.get("REMOTE_ADDR") in LOOPBACK and not PROXYS & set(request.headers)


def _warnings(away: list[str], now: datetime.datetime) -> Iterator[str]:
    """What an operator has to see to: of no person, and of no more than how many."""
    yield from (f"{name} away" for name in away)
    if "spool" not in away:
        since = spool.waiting_since()
        if "database" in away:
            yield f"{spool.count()} wait"
        elif since and since < now - SILENT:
            yield f"{spool.count()} wait since {_at(since)}"
    if "database" not in away and triggers.missing(connection):
        yield "record not guarded: run migrate"
    beat = heartbeat.read()
    if heartbeat.is_silent(beat, now):
        yield f"sweeper silent since {_at(beat.at)}" if beat else "sweeper silent"
    if beat and beat.cannot_open:
        yield f"{beat.cannot_open} cannot be opened"
    if beat and beat.mail_failing_since and beat.mail_failing_since < now - SILENT:
        yield f"mail failing since {_at(beat.mail_failing_since)}"


def _at(moment: datetime.datetime) -> str:
    return moment.astimezone(datetime.UTC).isoformat(timespec="minutes")


def can_store() -> bool:
    """Write a row and take it back, which a full disk, a read-only or a missing file all refuse."""
    try:
        with transaction.atomic():
            UsedInvitation.objects.create(jti="ready?")
            transaction.set_rollback(True)
    except Error:
        return False
    return True
