"""What the public addresses have in common: which posts they take, from anyone, and what they say back of a request."""

import datetime
import functools

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from intake.submission import Submission
from intake.words import Daypart
from reentry_site import facts

MOST_BYTES = 16 * 1024
MOST_FIELDS = 40


def from_anyone(view):
    """For a form that is the same bytes for everyone.

    Without CSRF protection, because its token needs a cookie, grows old, and fails with cookies blocked. A forged post
    gains nothing: it can only ask for a call, and what the browser says came from another site is not taken.
    """

    @csrf_exempt
    @sensitive_post_parameters()
    @require_http_methods(["GET", "HEAD", "POST"])
    @functools.wraps(view)
    def public(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.method == "POST":
            length = _length(request)
            if length > MOST_BYTES:
                return render(request, "intake/too_large.html", status=413)
            if len(request.body) < length:  # what a phone that lost its network did not send would count as skipped
                raise BadRequest("a part of the form is missing")
            if _fields(request) > MOST_FIELDS:
                raise BadRequest("too many fields")
        return view(request, *args, **kwargs)

    return public


def _length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError as reason:
        raise BadRequest("no such length") from reason


def _fields(request: HttpRequest) -> int:
    try:
        return sum(len(values) for _, values in request.POST.lists())
    except (LookupError, UnicodeError) as reason:
        raise BadRequest("no such encoding") from reason


def sent_from_elsewhere(request: HttpRequest) -> bool:
    """Another site's page sent this, as far as the browser says (Fetch Metadata; RFC 6454 for Origin)."""
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        return True
    host = request.get_host()
    return request.headers.get("Origin") not in {None, f"http://{host}", f"https://{host}"}


def said_back(submission: Submission, reference: str, promise: datetime.datetime | None) -> dict:
    """What a page says back of a request: of the number its last digits only. `promise`: by when we call."""
    return {
        "reference": reference,
        "promise": promise and date_format(promise.astimezone(facts.current().zone), "l, F j, P"),
        "last_four": submission.last_four,
        "name": submission.name,
        "voicemail_ok": submission.voicemail_ok,
        "text_ok": submission.text_ok,
        "may_say_clinic_name": submission.may_say_clinic_name,
        "times": [part.label for part in Daypart if part in submission.preferred_times],
    }


def ended(request: HttpRequest) -> HttpResponse:
    """One page for a link that has ended, was changed or never was."""
    return render(request, "intake/ended.html", status=410)
