""" "Leave this site": our own address that opens a weather page, and for one minute answers Back with it too.

The guard cookie is the only one a reader ever gets. No Clear-Site-Data: its "cache" can freeze Chromium for seconds.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_safe

GUARD_SECONDS = 60
#: Never guarded: staff, files and the machines that ask for health.
OPEN_PATHS = (*settings.STAFF_SIDE, "/static/", "/healthz", "/readyz")


def _away() -> HttpResponse:
    response = HttpResponseRedirect(settings.LEAVE_TO)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@require_safe
def leave(request: HttpRequest) -> HttpResponse:
    response = _away()
    response.set_cookie(
        settings.LEAVE_COOKIE_NAME,
        "1",
        max_age=GUARD_SECONDS,
        secure=settings.PUBLIC,
        httponly=True,
        samesite="Lax",
    )
    return response


class LeaveGuard:
    """While the guard lives, public pages answer with the weather; a post is taken and ends the guard."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not request.COOKIES.get(settings.LEAVE_COOKIE_NAME) or request.path.startswith(OPEN_PATHS):
            return self.get_response(request)
        if request.method in {"GET", "HEAD"}:
            return _away()
        response = self.get_response(request)
        response.delete_cookie(settings.LEAVE_COOKIE_NAME, samesite="Lax")
        return response
