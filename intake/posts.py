"""What the public addresses take: a small form, by GET, HEAD or POST, from anyone. No token, no cookie, no file."""

import functools

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

MOST_BYTES = 16 * 1024
MOST_FIELDS = 40


def from_anyone(view):
    """For a form that is the same bytes for everyone.

    Without CSRF protection, because its token needs a cookie, grows old, and fails with cookies blocked. A forged post
    gains nothing: it can only ask for a call, and what the browser says came from another site is not taken.
    """

    @csrf_exempt
    @require_http_methods(["GET", "HEAD", "POST"])
    @functools.wraps(view)
    def public(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.method == "POST":
            length = int(request.META.get("CONTENT_LENGTH") or 0)
            if length > MOST_BYTES:
                return render(request, "intake/too_large.html", status=413)
            if len(request.body) < length:  # what a phone that lost its network did not send would count as skipped
                raise BadRequest("a part of the form is missing")
            if sum(len(values) for _, values in request.POST.lists()) > MOST_FIELDS:
                raise BadRequest("too many fields")
        return view(request, *args, **kwargs)

    return public


def sent_from_elsewhere(request: HttpRequest) -> bool:
    """Another site's page sent this, as far as the browser says (Fetch Metadata; RFC 6454 for Origin)."""
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        return True
    host = request.get_host()
    return request.headers.get("Origin") not in {None, f"http://{host}", f"https://{host}"}
