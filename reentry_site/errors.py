"""The error pages: the furniture of every page, crisis numbers included. They need no request and no database."""

import contextlib
import sys

from django.conf import settings
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from intake import spool
from reentry_site import facts
from reentry_site.accounts import events

#: There an error leads back to the desk, not to the form for clients.
FOR_STAFF = {
    400: ("This was not read", "Something in it could not be read. Nothing was saved."),
    403: (
        "Nothing was saved",
        "You may not open this, or you have signed out meanwhile. Go back and try it from there.",
    ),
    404: ("There is no such page", "It may have been closed, or the address is not right."),
    429: ("Too many tries", "Wait a minute, then try it once more."),
    500: ("Something broke on our side", "Nothing was saved. Try it once more, then tell the operator."),
    503: (
        "The desk is away for a moment",
        "What you did just now was not saved. Try it again in a minute. If the desk stays away, tell the operator.",
    ),
}
KEPT = " What clients send meanwhile is stored safely, and comes here by itself. They can still call {phone}."
NOT_KEPT = " Clients cannot send their form now. They are asked to call {phone}: please stay near the phone."


def bad_request(request: HttpRequest | None, exception: Exception | None = None) -> HttpResponse:
    """Django calls it a bad request too when a session could not be written: then the database is away."""
    is_away = isinstance(exception, SessionInterrupted)
    return _page(request, 503 if is_away and _is_for_staff(request) else 400)


def forbidden(request: HttpRequest | None, *args, **kwargs) -> HttpResponse:
    if _is_for_staff(request):
        _put_on_record(request)
    return _page(request, 403)


def _put_on_record(request: HttpRequest) -> None:
    """Which page was refused to somebody who is signed in. It is refused all the same where no line can be written."""
    with contextlib.suppress(OperationalError, InterfaceError):
        if request.user.is_authenticated:
            events.said(request.user, f"Was refused: {request.resolver_match.view_name}")


def not_found(request: HttpRequest | None, *args, **kwargs) -> HttpResponse:
    return _page(request, 404)


def too_many(request: HttpRequest) -> HttpResponse:
    """Asked for by allauth, on the pages of signing in alone."""
    return _page(request, 429)


def server_error(request: HttpRequest | None) -> HttpResponse:
    """Called while the exception is handled: a database that is away is no fault of the desk's."""
    is_away = isinstance(sys.exception(), OperationalError | InterfaceError)
    return _page(request, 503 if is_away and _is_for_staff(request) else 500)


def _is_for_staff(request: HttpRequest | None) -> bool:
    return request is not None and request.path.startswith(settings.STAFF_SIDE)


def _page(request: HttpRequest | None, status: int) -> HttpResponse:
    try:
        if _is_for_staff(request):
            heading, words = FOR_STAFF[status]
            if status == 503:
                words += (KEPT if spool.takes_a_row() else NOT_KEPT).format(phone=facts.current().phone)
            context = {"heading": heading, "words": words, "site_header": "Coming back: staff"}
            return render(None, "admin/lost.html", context, status=status)
        return render(None, f"{status}.html", status=status)
    except Exception:  # what broke may be what the page is made of: then the crisis numbers alone
        return render(None, "bare.html", status=status)
