"""What machines ask: does the process live, and can it take a request for a call? Says nothing of any person."""

from django.db import Error, transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from reentry_site.accounts.models import UsedInvitation
from reentry_site.pages import publishing

PLAIN = "text/plain; charset=utf-8"


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process lives. Touches nothing."""
    return HttpResponse("ok\n", content_type=PLAIN)


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """A request can be stored and pages are loaded; else 503 and the names of what is not ready."""
    ready = {"database": can_store(), "content": publishing.is_loaded()}
    missing = [name for name, is_ready in ready.items() if not is_ready]
    if missing:
        return HttpResponse(f"not ready: {', '.join(missing)}\n", content_type=PLAIN, status=503)
    return HttpResponse("ready\n", content_type=PLAIN)


def can_store() -> bool:
    """Write a row and take it back, which a full disk, a read-only or a missing file all refuse."""
    try:
        with transaction.atomic():
            UsedInvitation.objects.create(jti="ready?")
            transaction.set_rollback(True)
    except Error:
        return False
    return True
