"""The private link: a client sees their request, changes it, or takes it back.

The code comes in the address only where its owner typed or followed it there. Every button posts it instead, so that it
enters no history.
"""

from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from intake import accepting, codes, spool, vault
from intake.answers import Answers
from intake.forms import ChangeForm
from intake.posts import from_anyone, sent_from_elsewhere
from intake.views import ended, said_back

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
    found = accepting.find(code, timezone.now())
    return _page(request, "intake/request.html", code, found, **context) if found else ended(request)


def _edit(request: HttpRequest, code: str) -> HttpResponse:
    found = accepting.find(code, timezone.now())
    if found is None:
        return ended(request)
    return _page(request, "intake/change.html", code, found, form=ChangeForm.of(found.submission))


def _save(request: HttpRequest, code: str) -> HttpResponse:
    now = timezone.now()
    found = accepting.find(code, now)
    form = ChangeForm(request.POST)
    if found and not form.is_valid():
        return _page(request, "intake/change.html", code, found, status=422, form=form, faults=form.faults())
    changed = form.is_valid() and accepting.change(code, form.change, now)
    if not changed:
        return ended(request)
    opens = accepting.code_of(changed, code)
    new_code = codes.shown(opens) if opens != code else ""
    return _page(request, "intake/request.html", opens, changed, saved=True, new_code=new_code)


def _cancel(request: HttpRequest, code: str) -> HttpResponse:
    found = accepting.find(code, timezone.now())
    return _page(request, "intake/cancel.html", code, found) if found else ended(request)


def _cancel_now(request: HttpRequest, code: str) -> HttpResponse:
    if not accepting.withdraw(code, timezone.now()):
        return ended(request)
    return render(request, "intake/cancelled.html")


STEPS = {"change": _edit, "save": _save, "cancel": _cancel, "cancel-now": _cancel_now}


def _page(request: HttpRequest, template: str, code: str, found: Answers, status: int = 200, **context) -> HttpResponse:
    said = said_back(found.submission, found.reference, found.request.promise(timezone.now()))
    return render(request, template, said | {"code": codes.shown(code)} | context, status=status)
