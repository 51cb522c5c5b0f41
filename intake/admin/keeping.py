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
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from intake import heartbeat, keeping
from intake.claims import Refused
from intake.models import CallbackRequest
from intake.record import lines, record, record_act
from intake.stopped import StoppedNumber
from intake.words import Status

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


@dataclass(frozen=True)
class Held:
    """One request on hold. `why`, `since`, `by`: as the record has it; None where it has nothing."""

    request: CallbackRequest
    why: str | None
    since: datetime.datetime | None
    by: object | None


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    return _page(request, HoldForm())


@sensitive_post_parameters("reference")
@require_http_methods(["GET", "HEAD", "POST"])
def hold(request: HttpRequest) -> HttpResponse:
    """All that is meant by the reference and is not on hold yet."""
    if request.method != "POST":
        return redirect(KEEPING)
    form = HoldForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    words = f"{HELD}: {keeping.Reason(form.cleaned_data['reason']).label}"
    to_hold = [each for each in form.found if not each.on_hold] or form.found
    try:
        with transaction.atomic():
            for each in to_hold:
                keeping.hold(each)
                record(request.user, words, each)
    except Refused as reason:
        form.add_error("reference", str(reason))
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
    record_act(request.user, f"{DELETED}: {outlook.going}", "keeping")
    deleted = keeping.purge(now)
    messages.success(request, f"{deleted} request{' is' if deleted == 1 else 's are'} deleted.")
    return redirect(KEEPING)


def _page(request: HttpRequest, form: HoldForm) -> HttpResponse:
    now = timezone.now()
    outlook = keeping.outlook(now)
    record_act(request.user, "Opened keeping and forgetting", "keeping")
    context = _context(request, "Keeping and forgetting", outlook) | {
        "form": form,
        "closed": CallbackRequest.objects.filter(status=Status.CLOSED).count(),
        "coming": CallbackRequest.objects.past_keeping(now + AHEAD).count() - outlook.going,
        "stopped": StoppedNumber.objects.count(),
        "held": _held(),
        "last_deleted": lines(DELETED).last(),
        "silent": heartbeat.is_silent(heartbeat.read(), now),
    }
    return render(request, "admin/intake/keeping.html", context, status=422 if form.is_bound else 200)


def _context(request: HttpRequest, title: str, outlook: keeping.Outlook) -> dict:
    return admin.site.each_context(request) | {
        "title": title,
        "outlook": outlook,
        "days": settings.PURGE_AFTER_DAYS,
        "spam_days": settings.PURGE_SPAM_AFTER_DAYS,
    }


def _held() -> list[Held]:
    on_hold = CallbackRequest.objects.on_hold().order_by("reference")
    put = {line.object_id: line for line in lines(HELD, on_hold)}
    return [_as_recorded(each, put.get(str(each.pk))) for each in on_hold]


def _as_recorded(request: CallbackRequest, line) -> Held:
    if line is None:
        return Held(request, None, None, None)
    return Held(request, line.change_message.removeprefix(f"{HELD}: "), line.action_time, line.user)
