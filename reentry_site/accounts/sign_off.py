"""Signs staff off after a while without a press, and after ten hours in any case. Public pages never come in here.

Also: what was posted is never kept in a session while somebody confirms that it is them.
"""

import time

from allauth.account.adapter import get_adapter
from allauth.core.exceptions import ReauthenticationRequired
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from reentry_site.accounts.events import said

#: A press within so long after the last one that was noted is not noted again (seconds), to spare the disk.
NOTED_EVERY = 15


class SignOff:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(settings.STAFF_SIDE):
            return self.get_response(request)
        if request.user.is_authenticated and seconds_left(request) <= 0:
            _sign_off(request)
        response = self.get_response(request)
        if request.user.is_authenticated and _is_press(request, response):
            _note(request.session)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """allauth would keep the posted form in the session. It is typed once more instead."""
        if not isinstance(exception, ReauthenticationRequired):
            return None
        methods = get_adapter().get_reauthentication_methods(request.user)
        address = methods[0]["url"] if methods else reverse("account_login")
        return redirect(f"{address}?{urlencode({REDIRECT_FIELD_NAME: request.path})}")


def seconds_left(request: HttpRequest) -> int:
    """Until this session is signed off; a new one has all its time."""
    now = time.time()
    idle = request.session.get("seen_at", now) + settings.SIGN_OFF_IDLE_SECONDS
    latest = request.session.get("signed_in_at", now) + settings.SIGN_OFF_LATEST_SECONDS
    return int(min(idle, latest) - now)


def _sign_off(request: HttpRequest) -> None:
    said(request.user, "Signed off by the clock")
    UserSession.objects.filter(session_key=request.session.session_key).delete()
    logout(request)


def _is_press(request: HttpRequest, response: HttpResponse) -> bool:
    name = request.resolver_match.view_name if request.resolver_match else None
    if name == settings.SIGN_OFF_HEARTBEAT:
        return response.status_code == 200
    return name not in settings.SIGN_OFF_NO_PRESS


def _note(session) -> None:
    now = time.time()
    session.setdefault("signed_in_at", now)
    if now - session.get("seen_at", 0) > NOTED_EVERY:
        session["seen_at"] = now
