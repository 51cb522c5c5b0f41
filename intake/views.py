"""The client's way: ask, then "Glad you're here". The pages are the same for everyone and set no cookie."""

import uuid

from django.conf import settings
from django.core import signing
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from intake import accepting, codes, spool, standing, suspicion, vault
from intake.answers import PrivateCode
from intake.forms import CallbackForm
from intake.public import ended, from_anyone, said_back, sent_from_elsewhere
from intake.submission import Submission

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
        code = codes.private_code(version_id)
    except (signing.BadSignature, ValueError):
        return ended(request)
    except vault.CannotSeal:
        return render(request, "intake/away.html", status=503)
    context = {"code": codes.shown(code)}
    try:
        if key := PrivateCode.objects.of(code).live(timezone.now()).first():
            context |= said_back(key.answers.submission, key.reference, key.answers.request.promise(timezone.now()))
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
    request = standing.begin(submission, waiting.id, waiting.received_at)
    return said_back(submission, request.reference, request.promise(timezone.now()))
