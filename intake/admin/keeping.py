"""For who looks after privacy: how much is kept and for how long, what is held longer, and deleting now.

It names requests by their reference alone and opens none.
"""

import datetime
import uuid
from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from intake import heartbeat, keeping
from intake.claims import Refused
from intake.models import CallbackRequest
from intake.record import deleted_with, lines, names, record, record_act, record_each
from intake.stopped import StoppedNumber
from intake.words import Status
from reentry_site.record.models import Entry

KEEPING = "admin:intake_callbackrequest_keeping"
#: How the record's lines begin, that this page reads again.
HELD, DELETED = "Put on hold", "Deleted what is past keeping"
AHEAD = datetime.timedelta(days=7)


class HoldForm(forms.Form):
    """`found`: the requests that are meant by the reference that was typed."""

    reference = forms.CharField(error_messages={"required": "Type the reference."})
    reason = forms.ChoiceField(
        choices=[("", "Pick one"), *keeping.Reason.choices], error_messages={"required": "Pick why it is kept."}
    )

    def clean_reference(self) -> str:
        typed = self.cleaned_data["reference"]
        self.found = keeping.named_by(typed)
        if not self.found:
            raise forms.ValidationError("No request has this reference. Check each letter. It looks like ABCD-2345.")
        return typed


class SeenForm(forms.Form):
    """`pk`: the request that is meant by the reference that was typed; it may have been deleted since."""

    prefix = "seen"
    reference = forms.CharField(error_messages={"required": "Type the reference."})

    def clean_reference(self) -> str:
        typed = self.cleaned_data["reference"]
        found = CallbackRequest.objects.by_reference(typed).first()
        self.pk = found.pk if found else deleted_with(typed)
        if self.pk is None:
            raise forms.ValidationError("The record knows no request with this reference. Check each letter.")
        return typed


@dataclass(frozen=True)
class Held:
    """One request on hold. `why`, `since`, `by`: as the record has it; None where it has nothing."""

    request: CallbackRequest
    why: str | None
    since: datetime.datetime | None
    by: str | None


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    return _page(request)


@require_http_methods(["GET", "HEAD", "POST"])
def seen(request: HttpRequest) -> HttpResponse:
    """From a reference to who has seen that request. That it was read goes on the record there."""
    if request.method != "POST":
        return redirect(KEEPING)
    form = SeenForm(request.POST)
    return redirect("admin:intake_callbackrequest_history", form.pk) if form.is_valid() else _page(request, seen=form)


@require_http_methods(["GET", "HEAD", "POST"])
def hold(request: HttpRequest) -> HttpResponse:
    """All that is meant by the reference and is not on hold yet."""
    if request.method != "POST":
        return redirect(KEEPING)
    form = HoldForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    reason = form.cleaned_data["reason"]
    words = f"{HELD}: {keeping.Reason(reason).label}"
    to_hold = [each for each in form.found if not each.on_hold] or form.found
    try:
        with transaction.atomic():
            for each in to_hold:
                keeping.hold(each)
            record_each(request.user, [(words, each.pk) for each in to_hold], reason=reason)
    except Refused as refused:
        form.add_error("reference", str(refused))
        return _page(request, form)
    messages.success(request, f"On hold: {', '.join(each.reference for each in to_hold)}.")
    return redirect(KEEPING)


@require_http_methods(["GET", "HEAD", "POST"])
def lift(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    if request.method != "POST":
        return redirect(KEEPING)
    found = CallbackRequest.objects.filter(pk=pk).first()
    try:
        if found is None:
            raise Refused("This request is no longer here.")
        with transaction.atomic():
            keeping.lift(found)
            record(request.user, "Lifted the hold", found)
    except Refused as reason:
        messages.error(request, str(reason))
    else:
        messages.success(request, f"No longer on hold: {found.reference}.")
    return redirect(KEEPING)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest) -> HttpResponse:
    """Asks first. Only the number that was agreed to is deleted; where it has changed, it asks again."""
    now = timezone.now()
    outlook = keeping.outlook(now)
    agreed = request.method == "POST" and request.POST.get("number") == str(outlook.going)
    if not agreed or not outlook.going:
        context = _context(request, "Delete what is past keeping", outlook)
        context["changed"] = request.method == "POST"
        return render(request, "admin/intake/keeping_delete.html", context, status=409 if context["changed"] else 200)
    # On the record first: where that cannot be written, nothing is deleted.
    record_act(request.user, f"{DELETED}: {outlook.going}")
    deleted = keeping.purge(now, request.user.pk)
    messages.success(request, f"{deleted} request{' is' if deleted == 1 else 's are'} deleted.")
    return redirect(KEEPING)


def _page(request: HttpRequest, form: HoldForm | None = None, seen: SeenForm | None = None) -> HttpResponse:
    """With the form that has a fault, if one has."""
    now = timezone.now()
    outlook = keeping.outlook(now)
    record_act(request.user, "Opened keeping and forgetting")
    context = _context(request, "Keeping and forgetting", outlook) | {
        "form": form or HoldForm(),
        "seen": seen or SeenForm(),
        "closed": CallbackRequest.objects.filter(status=Status.CLOSED).count(),
        "coming": CallbackRequest.objects.past_keeping(now + AHEAD).count() - outlook.going,
        "stopped": StoppedNumber.objects.count(),
        "held": _held(),
        "last_deleted": _last_deleted(),
        "silent": heartbeat.is_silent(heartbeat.read(), now),
    }
    return render(request, "admin/intake/keeping.html", context, status=422 if form or seen else 200)


def _context(request: HttpRequest, title: str, outlook: keeping.Outlook) -> dict:
    return admin.site.each_context(request) | {
        "title": title,
        "outlook": outlook,
        "days": settings.PURGE_AFTER_DAYS,
        "spam_days": settings.PURGE_SPAM_AFTER_DAYS,
    }


def _last_deleted() -> tuple[datetime.datetime, str] | None:
    last = lines(DELETED).last()
    return last and (last.at, names([last])[last.who])


def _held() -> list[Held]:
    on_hold = CallbackRequest.objects.on_hold().order_by("reference")
    put = {line.request: line for line in lines(HELD, on_hold)}
    called = names(put.values())
    return [_as_recorded(each, put.get(each.pk), called) for each in on_hold]


def _as_recorded(request: CallbackRequest, line: Entry | None, called: dict[int | None, str]) -> Held:
    if line is None:
        return Held(request, None, None, None)
    return Held(request, line.what.removeprefix(f"{HELD}: "), line.at, called[line.who])
