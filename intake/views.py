"""The client's way: ask, then "Glad you're here". The pages are the same for everyone and set no cookie."""

from django.conf import settings
from django.core import signing
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from intake.crisis import may_be_crisis
from intake.forms import CallbackForm
from intake.models import CallbackRequest
from intake.vault import CannotOpen, CannotSeal

NOTHING_LOST = "Nothing was lost. Send it once more from this page."
_received = signing.TimestampSigner(salt="received")


# No token and no cookie, so that the page never grows too old to send and works with cookies blocked. A post changes
# nothing for whoever sends it; one that another site's page sends is shown again instead of being taken.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _form_page(request, CallbackForm())
    form = CallbackForm(request.POST)
    if not form.is_valid():
        return _form_page(request, form, status=422)
    if _sent_from_elsewhere(request):
        return _form_page(request, form, status=422, notice=NOTHING_LOST)
    answers = form.answers()
    try:
        stored = CallbackRequest.objects.ask(
            answers, needs_look=form.fell_into_the_trap(), crisis=may_be_crisis(answers.note)
        )
    except (Error, CannotSeal):
        return _form_page(request, form, status=503, unavailable=True)
    thanks = redirect("intake:received", token=_received.sign(stored.pk.hex))
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


def _sent_from_elsewhere(request: HttpRequest) -> bool:
    """Another site's page sent this, as far as the browser says (Fetch Metadata; RFC 6454 for Origin)."""
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        return True
    host = request.get_host()
    return request.headers.get("Origin") not in {None, f"http://{host}", f"https://{host}"}


@require_safe
def received(request: HttpRequest, token: str) -> HttpResponse:
    """The thank-you page. Its address ends after RECEIVED_SECONDS and opens nothing else."""
    try:
        pk = _received.unsign(token, max_age=settings.RECEIVED_SECONDS)
    except signing.BadSignature:
        return _ended(request)
    stored = CallbackRequest.objects.open().filter(pk=pk).first()
    try:
        answers = stored.answers if stored else None
    except CannotOpen:
        answers = None
    if answers is None:
        return _ended(request)
    context = {
        "reference": stored.reference,
        "last_four": answers.last_four,
        "name": answers.name,
        "voicemail_ok": stored.voicemail_ok,
        "text_ok": stored.text_ok,
        "may_say_clinic_name": stored.may_say_clinic_name,
        "times": [part.label for part in stored.preferred_times],
    }
    return render(request, "intake/received.html", context)


def _ended(request: HttpRequest) -> HttpResponse:
    return render(request, "intake/ended.html", status=410)


@require_safe
def yours(request: HttpRequest) -> HttpResponse:
    """How to change or cancel a request."""
    return render(request, "intake/yours.html")
