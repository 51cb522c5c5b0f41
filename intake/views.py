"""The client's way: ask, then "Glad you're here". The pages are the same for everyone and set no cookie."""

import datetime
import uuid
import zoneinfo

from django.conf import settings
from django.core import signing
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_safe

from intake import accepting, codes, spool, suspicion, vault
from intake.answers import Answers
from intake.forms import CallbackForm
from intake.models import CallbackRequest
from intake.posts import from_anyone, sent_from_elsewhere
from intake.submission import Submission
from intake.words import Daypart
from reentry_site import facts

NOTHING_LOST = "Nothing was lost. Send it once more from this page."
_received = signing.TimestampSigner(salt="received")


@from_anyone
def ask(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _form_page(request, CallbackForm())
    form = CallbackForm(request.POST)
    if not form.is_valid():
        return _form_page(request, form, status=422)
    if sent_from_elsewhere(request):
        return _form_page(request, form, status=422, notice=NOTHING_LOST)
    try:
        submission = form.submission()
        look = suspicion.reasons(submission, request, trapped=form.fell_into_the_trap())
        version_id = accepting.accept(submission, look)
    except (accepting.NotStored, vault.CannotSeal):
        return _form_page(request, form, status=503, unavailable=True)
    thanks = redirect("intake:received", token=_received.sign(version_id.hex))
    thanks.status_code = 303  # fetched by GET, so that a reload sends nothing again (RFC 9110, 15.4.4)
    return thanks


def _form_page(request: HttpRequest, form: CallbackForm, status: int = 200, **context) -> HttpResponse:
    faults = form.faults() if form.is_bound else []
    return render(
        request,
        "intake/ask.html",
        {"form": form, "faults": faults, "path": request.path, **context},
        status=status,
    )


@require_safe
def received(request: HttpRequest, token: str) -> HttpResponse:
    """The thank-you page. Its address ends after RECEIVED_SECONDS and opens nothing else.

    Only what was stored has such an address: where it cannot be read just now, the thanks are true all the same.
    """
    try:
        version_id = uuid.UUID(_received.unsign(token, max_age=settings.RECEIVED_SECONDS))
    except (signing.BadSignature, ValueError):
        return ended(request)
    code = codes.private_code(version_id)
    context = {"code": codes.shown(code)}
    try:
        if found := Answers.objects.of_code(code, timezone.now()):
            context |= said_back(found.submission, found.reference, found.request.promise(timezone.now()))
        elif waiting := spool.get(version_id):
            context |= _of_waiting(waiting)
        else:
            return ended(request)
    except (Error, vault.CannotOpen, spool.Unavailable):
        pass
    return render(request, "intake/received.html", context)


def _of_waiting(waiting: spool.Waiting) -> dict:
    """What the request will say once it has come in from the spool."""
    submission = Submission.from_content(vault.open_sealed(waiting.sealed, waiting.id))
    request = CallbackRequest.new(submission, waiting.id, waiting.received_at)
    return said_back(submission, request.reference, request.promise(timezone.now()))


def said_back(submission: Submission, reference: str, promise: datetime.datetime | None) -> dict:
    """What a page says back of a request: of the number its last digits only. `promise`: by when we call."""
    zone = zoneinfo.ZoneInfo(facts.current().time_zone)
    return {
        "reference": reference,
        "promise": promise and date_format(promise.astimezone(zone), "l, F j, P"),
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
