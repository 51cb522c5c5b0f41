"""The private link: a client sees their request, changes it, or takes it back.

The code comes in the address only where its owner typed or followed it there. Every button posts it instead, so that it
enters no history.
"""

from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from intake import changing, codes, spool, vault
from intake.answers import PrivateCode
from intake.forms import ChangeForm
from intake.public import ended, from_anyone, said_back, sent_from_elsewhere

CHECK_THE_CODE = "Check the code. It has 13 letters and numbers"


@require_safe
def link(request: HttpRequest, code: str) -> HttpResponse:
    return _with(request, codes.read_code(code), _show)


@from_anyone
def yours(request: HttpRequest) -> HttpResponse:
    """Takes the code, typed from paper or posted by a button, and answers in place."""
    if request.method != "POST":
        return render(request, "intake/yours.html")
    typed = request.POST.get("code", "")
    code = codes.read_code(typed)
    if code is None:
        return render(request, "intake/yours.html", {"typed": typed, "fault": CHECK_THE_CODE}, status=422)
    step = _show if sent_from_elsewhere(request) else STEPS.get(request.POST.get("step"), _show)
    return _with(request, code, step)


def _with(request: HttpRequest, code: str | None, step) -> HttpResponse:
    """One step with the request that the code opens."""
    try:
        return step(request, code) if code else ended(request)
    except (Error, spool.Unavailable, vault.CannotOpen, vault.CannotSeal):
        return render(request, "intake/away.html", status=503)


def _show(request: HttpRequest, code: str, **context) -> HttpResponse:
    key = changing.find(code, timezone.now())
    return _page(request, "intake/request.html", code, key, **context) if key else ended(request)


def _edit(request: HttpRequest, code: str) -> HttpResponse:
    key = changing.find(code, timezone.now())
    if key is None:
        return ended(request)
    return _page(request, "intake/change.html", code, key, form=ChangeForm.of(key.answers.submission))


def _save(request: HttpRequest, code: str) -> HttpResponse:
    now, form = timezone.now(), ChangeForm(request.POST)
    key = changing.find(code, now)
    if key and not form.is_valid():
        return _page(request, "intake/change.html", code, key, status=422, form=form, faults=form.faults())
    if not form.is_valid() or (changed := changing.change(code, form.change, now)) is None:
        return ended(request)
    key, opens = changed
    new_code = codes.shown(opens) if opens != code else ""
    return _page(request, "intake/request.html", opens, key, saved=True, new_code=new_code)


def _cancel(request: HttpRequest, code: str) -> HttpResponse:
    key = changing.find(code, timezone.now())
    return _page(request, "intake/cancel.html", code, key) if key else ended(request)


def _cancel_now(request: HttpRequest, code: str) -> HttpResponse:
    if not changing.withdraw(code, timezone.now()):
        return ended(request)
    return render(request, "intake/cancelled.html")


STEPS = {"change": _edit, "save": _save, "cancel": _cancel, "cancel-now": _cancel_now}


def _page(
    request: HttpRequest, template: str, code: str, key: PrivateCode, status: int = 200, **context
) -> HttpResponse:
    said = said_back(key.answers.submission, key.reference, key.answers.request.promise(timezone.now()))
    return render(request, template, said | {"code": codes.shown(code)} | context, status=status)
